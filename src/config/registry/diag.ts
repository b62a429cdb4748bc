/** Logs, watchdog and remote management. */
import { area, choice, flag, host, number, password, port, text, url, written } from "../row.ts";

const reboot = { effect: "reboot" } as const;

const logs = area("diag", {}, [
  flag("local_log.enable", 1, "MNT-01", "Keeps a log on the phone."),
  number("local_log.level", 3, [0, 6], "MNT-01", "How much goes into it, 6 is most."),
  number("local_log.max_file_size", 1024, [256, 1024], "MNT-01", "Kilobytes that it may take."),
  flag("syslog.enable", 0, "MNT-02", "Sends the log to a server.", reboot),
  host("syslog.server", "", "MNT-02", "That server.", reboot),
  port("syslog.server_port", 514, "MNT-02", "Its port.", reboot),
  choice("syslog.transport_type", 0, { 0: "UDP", 1: "TCP", 2: "TLS" }, "MNT-02", "How it is reached.", reboot),
  number("syslog.level", 3, [0, 6], "MNT-02", "How much is sent, 6 is most.", reboot),
  number("syslog.log_level", 3, [0, 6], "MNT-02", "The same in old versions, for both logs.", reboot),
  number("syslog.facility", 16, [0, 23], "MNT-02", "Facility that messages name.", reboot),
  written("syslog.prepend_mac_address.enable", "MNT-02", "Whether messages begin with the MAC address."),
  written("syslog.mode", "MNT-02", "Where logs go, in old versions."),
  written("syslog.bootlog_upload_wait_time", "MNT-03", "Seconds before the log of the start is uploaded."),
  written("syslog.log_upload_period", "MNT-03", "Seconds between uploads of the log, in old versions."),
  written("syslog.ftp.post_mode", "MNT-03", "Whether uploads append or replace, in old versions."),
  written("syslog.ftp.append_limit_mode", "MNT-03", "What happens at the limit of an appended log."),
  written("syslog.ftp.max_logfile", "MNT-03", "Kilobytes of an appended log."),
  flag("auto_provision.local_log.backup.enable", 0, "MNT-03", "Uploads the log again and again."),
  url("auto_provision.local_log.backup.path", "MNT-03", "Where."),
  number("auto_provision.local_log.backup.upload_period", 30, [30, 86400], "MNT-03", "Seconds between uploads."),
  written("auto_provision.local_log.backup.append", "MNT-03", "Whether uploads append."),
  written("auto_provision.local_log.backup.append.limit_mode", "MNT-03", "What happens at the limit."),
  written("auto_provision.local_log.backup.append.max_file_size", "MNT-03", "Kilobytes of that limit."),
  written(
    "auto_provision.local_log.backup.bootlog.upload_wait_time",
    "MNT-03",
    "Seconds before the log of the start is uploaded.",
  ),
  flag("watch_dog.enable", 1, "MNT-05", "Restarts a phone that hangs, where it runs as a service."),
  text("features.custom_version_info", "", "MNT-14", "Version to show instead of our own."),
  url("features.upload_server", "MNT-15", "Where exports for support are sent."),
]);

const management = area("diag", {}, [
  flag("managementserver.enable", 0, "NET-43", "Is managed by TR-069.", reboot),
  url("managementserver.url", "NET-43", "The managing server.", reboot),
  text("managementserver.username", "", "NET-43", "User name there.", reboot),
  password("managementserver.password", "NET-43", "Password there.", reboot),
  text("managementserver.connection_request_username", "", "NET-43", "User name that the server has to give.", reboot),
  password("managementserver.connection_request_password", "NET-43", "Password that the server has to give.", reboot),
  flag("managementserver.periodic_inform_enable", 0, "NET-43", "Reports again and again.", reboot),
  number(
    "managementserver.periodic_inform_interval",
    60,
    [5, 4294967295],
    "NET-43",
    "Seconds between reports.",
    reboot,
  ),
]);

export const diagRows = [...logs, ...management];
