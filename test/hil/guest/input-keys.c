/*
 * An input device of Linux made by uinput: each line "CODE DOWN" of standard input presses (1) or releases (0) the key of
 * that code, all in decimal. Usage: input-keys NAME. It is unplugged when its input ends.
 */
#include <fcntl.h>
#include <linux/uinput.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int emit(int fd, int type, int code, int value) {
  struct input_event event;
  memset(&event, 0, sizeof event);
  event.type = type;
  event.code = code;
  event.value = value;
  return write(fd, &event, sizeof event) == (ssize_t)sizeof event ? 0 : -1;
}

int main(int count, char **words) {
  int fd = open("/dev/uinput", O_WRONLY);
  struct uinput_setup setup;
  memset(&setup, 0, sizeof setup);
  setup.id.bustype = 3;
  snprintf(setup.name, sizeof setup.name, "%s", count > 1 ? words[1] : "keys");
  int failed = fd < 0 || ioctl(fd, UI_SET_EVBIT, EV_KEY) < 0;
  for (int code = 1; code < 0x2ff && !failed; code++) failed = ioctl(fd, UI_SET_KEYBIT, code) < 0;
  if (failed || ioctl(fd, UI_DEV_SETUP, &setup) < 0 || ioctl(fd, UI_DEV_CREATE) < 0) {
    perror("input-keys: /dev/uinput");
    return 1;
  }
  int code, down;
  while (scanf("%d %d", &code, &down) == 2)
    if (emit(fd, EV_KEY, code, down) < 0 || emit(fd, EV_SYN, SYN_REPORT, 0) < 0) return 1;
  return 0;
}
