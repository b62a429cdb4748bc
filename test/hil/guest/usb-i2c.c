/*
 * A CP2112 (USB to I2C bridge) on /dev/uhid: Debian's hid-cp2112 makes a real I2C adapter of it, with a display at 0x3c.
 * In C because the driver waits 50 ms for an answer only. Prints each write to the display as a line of hexadecimal
 * digits; other addresses do not acknowledge. Report numbers and layouts: Silicon Labs AN495. Ends when its input ends.
 */
#include <fcntl.h>
#include <linux/uhid.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { display = 0x3c };
enum { feature = 0xb1, output = 0x91, input = 0x81 };

struct report { unsigned char number, size, kind; };
static const struct report reports[] = {
    {0x02, 4, feature},  {0x03, 1, feature},  {0x04, 2, feature},  {0x05, 2, feature},  {0x06, 13, feature},
    {0x20, 1, feature},  {0x21, 9, feature},  {0x22, 62, feature}, {0x23, 62, feature}, {0x24, 62, feature},
    {0x10, 3, output},   {0x11, 20, output},  {0x12, 2, output},   {0x14, 63, output},  {0x15, 1, output},
    {0x17, 1, output},   {0x13, 63, input},   {0x16, 6, input},
};

static int fd;
/* What the last transfer came to, for report 0x16. */
static unsigned char status = 0, detail = 0, moved = 0;
static unsigned char settings[14] = {6, 0, 1, 0x86, 0xa0, 2};
static unsigned char pins[5] = {2};

static int descriptor(unsigned char *to) {
  static const unsigned char head[] = {0x06, 0, 0xff, 0x09, 1, 0xa1, 1, 0x15, 0, 0x26, 0xff, 0, 0x75, 8};
  int at = sizeof head;
  memcpy(to, head, sizeof head);
  for (unsigned i = 0; i < sizeof reports / sizeof *reports; i++) {
    const unsigned char item[] = {0x85, reports[i].number, 0x95, reports[i].size, 0x09, 1, reports[i].kind, 2};
    memcpy(to + at, item, sizeof item);
    at += sizeof item;
  }
  to[at++] = 0xc0;
  return at;
}

static int send_event(const struct uhid_event *event) {
  return write(fd, event, sizeof *event) == (ssize_t)sizeof *event ? 0 : -1;
}

static int tell(const unsigned char *bytes, int count) {
  struct uhid_event event;
  memset(&event, 0, sizeof event);
  event.type = UHID_INPUT2;
  event.u.input2.size = 64;
  memcpy(event.u.input2.data, bytes, count);
  return send_event(&event);
}

static void print_bytes(const unsigned char *bytes, int count) {
  for (int i = 0; i < count; i++) printf("%02x", bytes[i]);
  printf("\n");
  fflush(stdout);
}

/* 0x14 writes, 0x10 and 0x11 read, 0x15 asks how it went, 0x12 fetches what was read. */
static int transfer(const unsigned char *asked) {
  int known = asked[1] >> 1 == display;
  if (asked[0] == 0x14 || asked[0] == 0x10 || asked[0] == 0x11) {
    status = known ? 2 : 3;
    detail = known ? 5 : 0;
    moved = !known ? 0 : asked[0] == 0x14 ? asked[2] : asked[3];
    if (known && asked[0] == 0x14) print_bytes(asked + 3, asked[2] > 61 ? 61 : asked[2]);
  } else if (asked[0] == 0x15) {
    const unsigned char told[] = {0x16, status, detail, 0, 0, 0, moved};
    return tell(told, sizeof told);
  } else if (asked[0] == 0x12) {
    unsigned char told[64] = {0x13, 2, moved > 61 ? 61 : moved};
    return tell(told, sizeof told);
  }
  return 0;
}

static int get_report(unsigned number, unsigned char *to) {
  static const unsigned char version[] = {5, 0x0c, 3}, lock[] = {0x20, 0};
  static const unsigned char usb[] = {0x21, 0xc4, 0x10, 0x90, 0xea, 0x32, 0, 1, 0, 0};
  static const unsigned char levels[] = {3, 0xff};
  switch (number) {
    case 0x02: memcpy(to, pins, sizeof pins); return sizeof pins;
    case 0x03: memcpy(to, levels, sizeof levels); return sizeof levels;
    case 0x05: memcpy(to, version, sizeof version); return sizeof version;
    case 0x06: memcpy(to, settings, sizeof settings); return sizeof settings;
    case 0x20: memcpy(to, lock, sizeof lock); return sizeof lock;
    case 0x21: memcpy(to, usb, sizeof usb); return sizeof usb;
    case 0x22: case 0x23: case 0x24:
      memset(to, 0, 63);
      memcpy(to, (const unsigned char[]){number, 8, 3, 'R', 0, 'I', 0, 'G'}, 8);
      return 63;
    default: return 0;
  }
}

static int serve(const struct uhid_event *event) {
  struct uhid_event reply;
  memset(&reply, 0, sizeof reply);
  if (event->type == UHID_OUTPUT) return transfer(event->u.output.data);
  if (event->type == UHID_GET_REPORT) {
    reply.type = UHID_GET_REPORT_REPLY;
    reply.u.get_report_reply.id = event->u.get_report.id;
    reply.u.get_report_reply.size = get_report(event->u.get_report.rnum, reply.u.get_report_reply.data);
    if (reply.u.get_report_reply.size == 0) reply.u.get_report_reply.err = 5;
    return send_event(&reply);
  }
  if (event->type == UHID_SET_REPORT) {
    const unsigned char *set = event->u.set_report.data;
    if (set[0] == 0x02) memcpy(pins, set, sizeof pins);
    if (set[0] == 0x06) memcpy(settings, set, sizeof settings);
    reply.type = UHID_SET_REPORT_REPLY;
    reply.u.set_report_reply.id = event->u.set_report.id;
    return send_event(&reply);
  }
  return 0;
}

int main(void) {
  fd = open("/dev/uhid", O_RDWR);
  struct uhid_event event;
  memset(&event, 0, sizeof event);
  event.type = UHID_CREATE2;
  strcpy((char *)event.u.create2.name, "CP2112 HID USB-to-SMBus Bridge");
  event.u.create2.bus = 3;
  event.u.create2.vendor = 0x10c4;
  event.u.create2.product = 0xea90;
  event.u.create2.rd_size = descriptor(event.u.create2.rd_data);
  if (fd < 0 || send_event(&event) < 0) {
    perror("usb-i2c: /dev/uhid");
    return 1;
  }
  struct pollfd both[2] = {{.fd = fd, .events = POLLIN}, {.fd = 0, .events = POLLIN}};
  while (poll(both, 2, -1) >= 0) {
    char ignored[64];
    if (both[1].revents && read(0, ignored, sizeof ignored) <= 0) return 0;
    if (!(both[0].revents & POLLIN)) continue;
    if (read(fd, &event, sizeof event) <= 0 || serve(&event) < 0) return 1;
  }
  return 0;
}
