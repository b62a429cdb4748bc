"""Makes vectors.json with Debian's libsrtp2 (package libsrtp2-1, 2.5.0): packets as a second implementation protects them."""
import ctypes as c
import json
import struct

lib = c.CDLL("libsrtp2.so.1")


class Crypto(c.Structure):
    _fields_ = [
        ("cipher", c.c_uint32),
        ("key_len", c.c_int),
        ("auth", c.c_uint32),
        ("auth_key_len", c.c_int),
        ("tag_len", c.c_int),
        ("services", c.c_int),
    ]


class Ssrc(c.Structure):
    _fields_ = [("type", c.c_int), ("value", c.c_uint)]


class MasterKey(c.Structure):
    _fields_ = [("key", c.c_char_p), ("mki", c.c_char_p), ("mki_size", c.c_uint)]


class Policy(c.Structure):
    pass


Policy._fields_ = [
    ("ssrc", Ssrc),
    ("rtp", Crypto),
    ("rtcp", Crypto),
    ("key", c.c_char_p),
    ("keys", c.POINTER(c.POINTER(MasterKey))),
    ("num_keys", c.c_ulong),
    ("ekt", c.c_void_p),
    ("window", c.c_ulong),
    ("allow_repeat", c.c_int),
    ("xtn", c.c_void_p),
    ("xtn_count", c.c_int),
    ("next", c.POINTER(Policy)),
]

any_outbound = 3
suites = {
    "AES_CM_128_HMAC_SHA1_80": ("rtp_default", "rtp_default", 30),
    "AES_CM_128_HMAC_SHA1_32": ("aes_cm_128_hmac_sha1_32", "rtp_default", 30),
    "AES_256_CM_HMAC_SHA1_80": ("aes_cm_256_hmac_sha1_80", "aes_cm_256_hmac_sha1_80", 46),
    "AES_256_CM_HMAC_SHA1_32": ("aes_cm_256_hmac_sha1_32", "aes_cm_256_hmac_sha1_80", 46),
    "AEAD_AES_128_GCM": ("aes_gcm_128_16_auth", "aes_gcm_128_16_auth", 28),
    "AEAD_AES_256_GCM": ("aes_gcm_256_16_auth", "aes_gcm_256_16_auth", 44),
}


def check(status, what):
    if status != 0:
        raise RuntimeError(f"{what}: {status}")


def protect(function, session, packet, with_mki):
    buffer = c.create_string_buffer(packet, len(packet) + 200)
    size = c.c_int(len(packet))
    name = f"srtp_protect{function}" + ("_mki" if with_mki else "")
    more = (c.c_uint(1), c.c_uint(0)) if with_mki else ()
    check(getattr(lib, name)(session, buffer, c.byref(size), *more), name)
    return buffer.raw[: size.value].hex()


def rtp(sequence, extended):
    first = 0x91 if extended else 0x80
    header = struct.pack(">BBHII", first, 0, sequence, 160 * sequence, 0xCAFEBABE)
    if extended:
        header += struct.pack(">I", 7) + struct.pack(">HHI", 0xBEDE, 1, 0x10AA0000)
    return header + bytes((7 * i + sequence) & 255 for i in range(160))


def main():
    check(lib.srtp_init(), "srtp_init")
    out = []
    for suite, (rtp_policy, rtcp_policy, size) in suites.items():
        for mki in (b"", b"\x00\x00\x00\x05"):
            key = bytes((31 * i + len(suite)) & 255 for i in range(size))
            policy = Policy()
            for field, name in (("rtp", rtp_policy), ("rtcp", rtcp_policy)):
                getattr(lib, f"srtp_crypto_policy_set_{name}")(c.byref(getattr(policy, field)))
            policy.ssrc.type = any_outbound
            policy.window = 128
            if mki:
                master = MasterKey(key, mki, len(mki))
                keys = (c.POINTER(MasterKey) * 1)(c.pointer(master))
                policy.keys = keys
                policy.num_keys = 1
            else:
                policy.key = key
            session = c.c_void_p()
            check(lib.srtp_create(c.byref(session), c.byref(policy)), f"srtp_create {suite}")
            packets = []
            # Over the wrap of the sequence numbers.
            for sequence, extended in ((65533, False), (65534, True), (65535, False), (0, False), (1, True)):
                clear = rtp(sequence, extended)
                packets.append({"clear": clear.hex(), "sealed": protect("", session, clear, bool(mki))})
            reports = []
            for i in range(2):
                clear = bytes.fromhex("80c90001cafebabe") + bytes.fromhex("81ca0003cafebabe010461626364") + bytes([i, 0])
                reports.append({"clear": clear.hex(), "sealed": protect("_rtcp", session, clear, bool(mki))})
            out.append({"suite": suite, "keySalt": key.hex(), "mki": mki.hex(), "rtp": packets, "rtcp": reports})
    with open("vectors.json", "w") as file:
        json.dump(out, file, indent=1)
        file.write("\n")


main()
