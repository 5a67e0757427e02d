/* A walk over the mapped file to addresses, protocol and ports, into one sum: no columns, no checks
   beyond what keeps it inside the file. Ethernet, 802.1Q, IPv4 and IPv6 only. Prints the number of
   packets on the last line. Expects a little-endian file on a little-endian machine. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_HEADER = 24, RECORD_HEADER = 16, CAPTURED_LENGTH = 8 };
enum { ETHERTYPE_IPV4 = 0x0800, ETHERTYPE_VLAN = 0x8100, ETHERTYPE_IPV6 = 0x86dd, TCP = 6, UDP = 17 };

static uint32_t four(const uint8_t *at)
{
    uint32_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

static uint64_t five_tuple(const uint8_t *frame, uint32_t length)
{
    uint32_t internet = 14, transport, addresses, words;
    uint64_t sum = 0;
    uint8_t protocol;
    if (length < 38)
        return 0;
    unsigned type = frame[12] << 8 | frame[13];
    if (type == ETHERTYPE_VLAN) {
        type = frame[16] << 8 | frame[17];
        internet = 18;
    }
    if (type == ETHERTYPE_IPV4) {
        if (length < internet + 20)
            return 0;
        protocol = frame[internet + 9];
        transport = internet + (frame[internet] & 15) * 4;
        addresses = internet + 12;
        words = 2;
    } else if (type == ETHERTYPE_IPV6) {
        if (length < internet + 40)
            return 0;
        protocol = frame[internet + 6];
        transport = internet + 40;
        addresses = internet + 8;
        words = 8;
    } else {
        return 0;
    }
    for (uint32_t word = 0; word < words; word++)
        sum += four(frame + addresses + 4 * word);
    if ((protocol == TCP || protocol == UDP) && length >= transport + 4)
        sum += four(frame + transport);
    return sum + protocol;
}

int main(int argc, char **argv)
{
    struct stat status;
    if (argc != 2)
        return 2;
    int file = open(argv[1], O_RDONLY);
    if (file < 0 || fstat(file, &status) != 0) {
        perror(argv[1]);
        return 1;
    }
    size_t size = (size_t)status.st_size;
    const uint8_t *octets = mmap(NULL, size, PROT_READ, MAP_PRIVATE, file, 0);
    if (octets == MAP_FAILED) {
        perror("mmap");
        return 1;
    }
    uint64_t packets = 0, sum = 0;
    size_t at = FILE_HEADER;
    while (size - at >= RECORD_HEADER) {
        uint32_t length = four(octets + at + CAPTURED_LENGTH);
        if (length > size - at - RECORD_HEADER)
            break;
        sum += five_tuple(octets + at + RECORD_HEADER, length);
        at += RECORD_HEADER + length;
        packets++;
    }
    printf("%llx\n%llu\n", (unsigned long long)sum, (unsigned long long)packets);
    return 0;
}
