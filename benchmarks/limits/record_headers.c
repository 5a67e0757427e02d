/* The least that a reader of pcap does: from record header to record header over the mapped file.
   Prints how many there are. Expects a little-endian file on a little-endian machine. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_HEADER = 24, RECORD_HEADER = 16, CAPTURED_LENGTH = 8 };

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
    uint64_t packets = 0;
    size_t at = FILE_HEADER;
    while (size - at >= RECORD_HEADER) {
        uint32_t length;
        memcpy(&length, octets + at + CAPTURED_LENGTH, sizeof length);
        if (length > size - at - RECORD_HEADER)
            break;
        at += RECORD_HEADER + length;
        packets++;
    }
    printf("%llu\n", (unsigned long long)packets);
    return 0;
}
