"""The keys of NTLMv2, from the password's hash to the codes under messages (MS-NLMP 3.3.2, 3.4)."""

from __future__ import annotations

import hashlib
import hmac
import struct
from functools import partial

from bridgehead.authentication.md4 import md4
from bridgehead.authentication.ntlm_flags import EXTENDED_SESSION_SECURITY, KEY_56, KEY_128, KEY_EXCHANGE, SIGN

# A machine in FIPS mode refuses MD5 unless it is told what for: the protocol knows no other.
_md5 = partial(hashlib.md5, usedforsecurity=False)

_DIRECTIONS = {"client": b"client-to-server", "server": b"server-to-client"}
_NO_SIGNATURE = b"\x01" + bytes(15)
"""What stands for a signature where signing was not negotiated (MS-NLMP 3.4.4)."""


def hmac_md5(key: bytes, message: bytes) -> bytes:
    """HMAC-MD5 (RFC 2104), also where OpenSSL allows it for no purpose that it calls secure."""
    return hmac.digest(key, message, _md5)


def nt_hash(password: str) -> bytes:
    """NTOWFv1 (MS-NLMP 3.3.1): what Windows keeps of a password. As good as the password itself."""
    return md4(password.encode("utf-16-le"))


def ntowf_v2(password_hash: bytes, user: str, domain: str) -> bytes:
    """NTOWFv2 (MS-NLMP 3.3.2). `user` is in upper case already; `domain` is as the client sent it."""
    return hmac_md5(password_hash, (user + domain).encode("utf-16-le"))


def nt_proof(response_key: bytes, server_challenge: bytes, blob: bytes) -> bytes:
    """NTProofStr (MS-NLMP 3.3.2): sixteen bytes that only whoever knows the password makes of this challenge."""
    return hmac_md5(response_key, server_challenge + blob)


def session_base_key(response_key: bytes, proof: bytes) -> bytes:
    """SessionBaseKey (MS-NLMP 3.3.2), which is also the key exchange key of NTLMv2 (3.4.5.1)."""
    return hmac_md5(response_key, proof)


def exported_session_key(base_key: bytes, flags: int, encrypted: bytes) -> bytes:
    """ExportedSessionKey (MS-NLMP 3.2.5.1.2): the client's own random key where one is exchanged."""
    return Rc4(base_key).turn(encrypted) if flags & KEY_EXCHANGE else base_key


def message_integrity_code(exported_key: bytes, negotiate: bytes, challenge: bytes, authenticate: bytes) -> bytes:
    """The MIC over all three messages (MS-NLMP 3.1.5.1.2); its own place in the last one is zero."""
    return hmac_md5(exported_key, negotiate + challenge + authenticate)


class Rc4:
    """RC4 with its running state. In Python, because OpenSSL offers it in its legacy provider alone, if at all."""

    def __init__(self, key: bytes) -> None:
        box = list(range(256))
        j = 0
        for i in range(256):
            j = (j + box[i] + key[i % len(key)]) & 255
            box[i], box[j] = box[j], box[i]
        self._box, self._i, self._j = box, 0, 0

    def turn(self, data: bytes) -> bytes:
        """Clear text into cipher text, or back."""
        box, i, j = self._box, self._i, self._j
        turned = bytearray()
        for byte in data:
            i = (i + 1) & 255
            j = (j + box[i]) & 255
            box[i], box[j] = box[j], box[i]
            turned.append(byte ^ box[(box[i] + box[j]) & 255])
        self._i, self._j = i, j
        return bytes(turned)


class SessionSecurity:
    """Signatures of either side in a session with extended session security (MS-NLMP 3.4.4.2), each its first."""

    def __init__(self, exported_key: bytes, flags: int) -> None:
        self._key = exported_key
        self._flags = flags

    @property
    def signs(self) -> bool:
        """Whether signing was negotiated at all."""
        return bool(self._flags & SIGN)

    @property
    def signs_as_expected(self) -> bool:
        """The older kind of signature, a checksum under RC4, is neither made nor taken."""
        return bool(self._flags & EXTENDED_SESSION_SECURITY) or not self.signs

    def signature(self, side: str, message: bytes) -> bytes:
        """Sixteen bytes for the first message of `client` or `server`."""
        if not self.signs:
            return _NO_SIGNATURE
        handle = Rc4(seal_key(self._key, self._flags, side)) if self._flags & KEY_EXCHANGE else None
        return signature(sign_key(self._key, side), 0, message, handle)


def sign_key(exported_key: bytes, side: str) -> bytes:
    """SIGNKEY (MS-NLMP 3.4.5.2)."""
    return _md5(exported_key + b"session key to " + _DIRECTIONS[side] + b" signing key magic constant\0").digest()


def seal_key(exported_key: bytes, flags: int, side: str) -> bytes:
    """SEALKEY (MS-NLMP 3.4.5.3): of as many of the key's bits as were negotiated."""
    length = 16 if flags & KEY_128 else 7 if flags & KEY_56 else 5
    magic = b"session key to " + _DIRECTIONS[side] + b" sealing key magic constant\0"
    return _md5(exported_key[:length] + magic).digest()


def signature(key: bytes, sequence: int, message: bytes, handle: Rc4 | None) -> bytes:
    """MAC (MS-NLMP 3.4.4.2); `handle` seals the checksum where keys were exchanged."""
    number = struct.pack("<I", sequence)
    checksum = hmac_md5(key, number + message)[:8]
    return b"\x01\0\0\0" + (handle.turn(checksum) if handle else checksum) + number
