/** Contacts, remote books, LDAP, searching and lists of calls. */
import { area, choice, flag, number, password, port, text, to, url, written } from "../row.ts";

const local = area("directory", {}, [
  url("local_contact.data.url", "DIR-01", "Contacts to load."),
  url("local_contact.data.delete", "DIR-01", "Contacts to delete; http://localhost/all deletes all."),
  url("local_contact.data_photo_tar.url", "DIR-02", "Archive of contacts and their pictures."),
  url("local_contact.photo.url", "DIR-02", "Picture of a contact to load."),
  url("local_contact.icon_image.url", "DIR-02", "Icon to load."),
  url("local_contact.icon.url", "DIR-02", "Icon to load, in old versions."),
  url("local_contact.image.url", "DIR-02", "Image to load."),
  flag("directory_setting.local_directory.enable", 1, "DIR-01", "Offers the phone's own contacts."),
  written("directory_setting.local_directory.priority", "DIR-04", "Their place in the list of directories."),
  url("directory_setting.url", "DIR-04", "File that says which directories are offered."),
  written("directory_setting.history.enable", "DIR-04", "Whether lists of calls are offered."),
  ...["bw_directory", "bw_uc_buddies", "gb_gab_directory", "gb_pab_directory"].flatMap((name) => [
    written(`directory_setting.${name}.enable`, "DIR-14", `Whether the directory ${name} is offered.`),
    written(`directory_setting.${name}.priority`, "DIR-14", `Place of the directory ${name}.`),
  ]),
  url("super_search.url", "DIR-05", "File that says what is searched while dialling."),
  flag("super_search.recent_call", 0, "DIR-06", "Shows dialled numbers while dialling."),
  written("search_in_dialing.history.enable", "DIR-05", "Whether lists of calls are searched."),
  ...["bw_directory", "bw_uc_buddies", "gb_pab_directory"].flatMap((name) => [
    written(`search_in_dialing.${name}.enable`, "DIR-05", `Whether the directory ${name} is searched.`),
    written(`search_in_dialing.${name}.priority`, "DIR-05", `Order of the directory ${name} in the search.`),
  ]),
  flag("directory.incoming_call_match_enable", 1, "DIR-10", "Looks for callers' names in the directories."),
  written("features.uc_dir.match_tail_number", "DIR-10", "Last digits that have to be the same."),
  written("directory.edit_default_input_method", "DIR-16", "First input method when editing contacts."),
  written("directory.search_default_input_method", "DIR-16", "First input method when searching."),
  written("directory.search_type", "DIR-16", "Whether names are searched from their beginning."),
  written("directory.update_time_interval", "DIR-14", "Minutes between updates of network directories."),
  written("features.call_log_show_num", "DIR-11", "What lists of calls show."),
]);

const books = area("directory", { X: to(5) }, [
  url("remote_phonebook.data.X.url", "DIR-07", "Address of a remote book."),
  text("remote_phonebook.data.X.name", "", "DIR-07", "Name of that book."),
  text("remote_phonebook.display_name", "", "DIR-07", "Name of the menu with remote books."),
  flag("features.remote_phonebook.enable", 0, "DIR-08", "Looks for callers in remote books."),
  number(
    "features.remote_phonebook.flash_time",
    21600,
    [120, 2592000],
    "DIR-07",
    "Seconds before a book is fetched again; 0 never.",
    { also: [0] },
  ),
]);

const ldap = area("directory", {}, [
  flag("ldap.enable", 0, "DIR-09", "Searches an LDAP server."),
  text("ldap.host", "", "DIR-09", "That server."),
  port("ldap.port", 389, "DIR-09", "Its port."),
  choice("ldap.tls_mode", 0, { 0: "none", 1: "StartTLS", 2: "LDAPS" }, "DIR-09", "How the connection is encrypted."),
  text("ldap.base", "", "DIR-09", "Where in the tree to search."),
  text("ldap.user", "", "DIR-09", "User name at the server."),
  password("ldap.password", "DIR-09", "Password at the server."),
  text("ldap.name_filter", "", "DIR-09", "Filter for names; % is what was typed."),
  text("ldap.number_filter", "", "DIR-09", "Filter for numbers; % is what was typed."),
  text("ldap.name_attr", "", "DIR-09", "Attributes that hold names."),
  text("ldap.numb_attr", "", "DIR-09", "Attributes that hold numbers."),
  text("ldap.display_name", "", "DIR-09", "How a name is put together."),
  choice("ldap.version", 3, { 2: "", 3: "" }, "DIR-09", "Version of the protocol."),
  number("ldap.max_hits", 50, [1, 32000], "DIR-09", "Most results."),
  number("ldap.search_delay", 0, [0, 2000], "DIR-09", "Milliseconds after a key before the search begins."),
  flag("ldap.call_in_lookup", 0, "DIR-09", "Looks for callers there."),
  written("ldap.call_out_lookup", "DIR-09", "Whether called numbers are looked for there."),
  flag("ldap.dial_lookup", 0, "DIR-09", "Searches while dialling."),
  flag("ldap.ldap_sort", 0, "DIR-09", "Sorts results."),
  written("ldap.numb_display_mode", "DIR-09", "How numbers are shown."),
  text("ldap.customize_label", "", "DIR-09", "Name of the menu."),
  written(
    "ldap.incoming_call_special_search.enable",
    "DIR-09",
    "Whether callers are searched in other forms of the number too.",
  ),
  written("ldap.search_type", "DIR-09", "Whether names are searched from their beginning."),
]);

export const directoryRows = [...local, ...books, ...ldap];
