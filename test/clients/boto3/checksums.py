"""The checksums of S3, slow and plain, in the base64 that its headers carry."""

import base64
import hashlib
import zlib


def reflected_crc(data, polynomial, bits):
    table = []
    for value in range(256):
        for _ in range(8):
            value = (value >> 1) ^ polynomial if value & 1 else value >> 1
        table.append(value)
    crc = (1 << bits) - 1
    for byte in data:
        crc = table[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    return (crc ^ ((1 << bits) - 1)).to_bytes(bits // 8, 'big')


DIGESTS = {
    'CRC32': lambda data: zlib.crc32(data).to_bytes(4, 'big'),
    'CRC32C': lambda data: reflected_crc(data, 0x82F63B78, 32),
    'CRC64NVME': lambda data: reflected_crc(data, 0x9A6C9329AC4BC9B5, 64),
    'SHA1': lambda data: hashlib.sha1(data).digest(),
    'SHA256': lambda data: hashlib.sha256(data).digest(),
}


def checksum(algorithm, data):
    return base64.b64encode(DIGESTS[algorithm](data)).decode()
