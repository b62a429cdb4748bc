/** Older and other spellings (V7x, V80) of names that the registry has in the V81 form. "static." is not listed: it is dropped from every name. */

/** Alias, then the name that it means; index places carry over in order. */
export const aliases: readonly (readonly [string, string])[] = [
  ["account.X.sip_server_host", "account.X.sip_server.1.address"],
  ["account.X.sip_server_port", "account.X.sip_server.1.port"],
  ["account.X.transport", "account.X.sip_server.1.transport_type"],
  ["account.X.expires", "account.X.sip_server.1.expires"],
  ["account.X.retry_counts", "account.X.sip_server.1.retry_counts"],
  ["account.X.failback_mode", "account.X.sip_server.1.failback_mode"],
  ["account.X.failback_timeout", "account.X.sip_server.1.failback_timeout"],
  ["account.X.outbound_host", "account.X.outbound_proxy.1.address"],
  ["account.X.outbound_port", "account.X.outbound_proxy.1.port"],
  ["account.X.backup_outbound_host", "account.X.outbound_proxy.2.address"],
  ["account.X.backup_outbound_port", "account.X.outbound_proxy.2.port"],
  ["features.pound_key.mode", "features.key_as_send"],
  ["bw.feature_key_sync", "features.feature_key_sync.enable"],
  ["call_park.enable", "features.call_park.enable"],
  ["call_park.group_enable", "features.call_park.group_enable"],
  ["call_park.park_ring", "features.call_park.park_ring"],
  ["call_park.park_visual_notify_enable", "features.call_park.park_visual_notify_enable"],
  ["network.qos.rtptos", "network.qos.audiotos"],
  ["phone_setting.hold_power_led_flash_enable", "phone_setting.hold_and_held_power_led_flash_enable"],
  ["phone_setting.lock", "phone_setting.phone_lock.enable"],
  ["phone_setting.sms_popup_enable", "features.text_message_popup.enable"],
];
