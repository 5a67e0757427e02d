/* libpcap's own reader with a callback that does nothing but count. */
#include <pcap.h>
#include <stdio.h>

static void count(u_char *packets, const struct pcap_pkthdr *header, const u_char *octets)
{
    (void)header;
    (void)octets;
    ++*(unsigned long long *)packets;
}

int main(int argc, char **argv)
{
    char error[PCAP_ERRBUF_SIZE];
    unsigned long long packets = 0;
    if (argc != 2)
        return 2;
    pcap_t *capture = pcap_open_offline(argv[1], error);
    if (capture == NULL) {
        fprintf(stderr, "%s\n", error);
        return 1;
    }
    if (pcap_loop(capture, -1, count, (u_char *)&packets) != 0) {
        fprintf(stderr, "%s\n", pcap_geterr(capture));
        return 1;
    }
    pcap_close(capture);
    printf("%llu\n", packets);
    return 0;
}
