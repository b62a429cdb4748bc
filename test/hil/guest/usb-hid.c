/*
 * A USB device of the HID class on /dev/uhid whose descriptor and reports are given: the kernel makes a real hidraw node of it.
 * Usage: usb-hid VENDOR PRODUCT NAME DESCRIPTOR, all but the name in hexadecimal digits. Each line of standard input is
 * an input report in hexadecimal; each output report is printed as such a line. It is unplugged when its input ends.
 */
#include <fcntl.h>
#include <linux/uhid.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int bytes_of(const char *text, unsigned char *bytes, int room) {
  int count = 0;
  unsigned int value;
  while (count < room && sscanf(text, "%2x", &value) == 1) {
    bytes[count++] = value;
    text += 2;
    if (text[-1] == 0) break;
  }
  return count;
}

static int send_event(int fd, const struct uhid_event *event) {
  return write(fd, event, sizeof *event) == (ssize_t)sizeof *event ? 0 : -1;
}

static void print_report(const unsigned char *data, int size) {
  for (int i = 0; i < size; i++) printf("%02x", data[i]);
  printf("\n");
  fflush(stdout);
}

/* Control requests: LEDs may come this way too; states that are asked for are those at rest. */
static int answer(int fd, const struct uhid_event *event) {
  struct uhid_event reply;
  memset(&reply, 0, sizeof reply);
  if (event->type == UHID_OUTPUT) print_report(event->u.output.data, event->u.output.size);
  if (event->type == UHID_SET_REPORT) {
    print_report(event->u.set_report.data, event->u.set_report.size);
    reply.type = UHID_SET_REPORT_REPLY;
    reply.u.set_report_reply.id = event->u.set_report.id;
    return send_event(fd, &reply);
  }
  if (event->type == UHID_GET_REPORT) {
    reply.type = UHID_GET_REPORT_REPLY;
    reply.u.get_report_reply.id = event->u.get_report.id;
    reply.u.get_report_reply.size = 2;
    reply.u.get_report_reply.data[0] = event->u.get_report.rnum;
    return send_event(fd, &reply);
  }
  return 0;
}

int main(int count, char **words) {
  if (count != 5) {
    fprintf(stderr, "usage: usb-hid VENDOR PRODUCT NAME DESCRIPTOR\n");
    return 2;
  }
  int fd = open("/dev/uhid", O_RDWR);
  if (fd < 0) {
    perror("usb-hid: /dev/uhid");
    return 1;
  }
  struct uhid_event event;
  memset(&event, 0, sizeof event);
  event.type = UHID_CREATE2;
  snprintf((char *)event.u.create2.name, sizeof event.u.create2.name, "%s", words[3]);
  event.u.create2.bus = 3;
  event.u.create2.vendor = strtoul(words[1], 0, 16);
  event.u.create2.product = strtoul(words[2], 0, 16);
  event.u.create2.rd_size = bytes_of(words[4], event.u.create2.rd_data, sizeof event.u.create2.rd_data);
  if (send_event(fd, &event) < 0) {
    perror("usb-hid: the descriptor is refused");
    return 1;
  }
  struct pollfd both[2] = {{.fd = fd, .events = POLLIN}, {.fd = 0, .events = POLLIN}};
  while (poll(both, 2, -1) >= 0) {
    if (both[0].revents & POLLIN) {
      if (read(fd, &event, sizeof event) <= 0 || answer(fd, &event) < 0) return 1;
    }
    if (both[1].revents) {
      char line[256];
      /* One line at a time, unbuffered, so that poll tells the truth. */
      int length = 0;
      while (length < (int)sizeof line - 1 && read(0, line + length, 1) == 1 && line[length] != '\n') length++;
      if (length == 0) break;
      line[length] = 0;
      memset(&event, 0, sizeof event);
      event.type = UHID_INPUT2;
      event.u.input2.size = bytes_of(line, event.u.input2.data, sizeof event.u.input2.data);
      if (send_event(fd, &event) < 0) return 1;
    }
  }
  return 0;
}
