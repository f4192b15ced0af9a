import type { ChecksumAlgorithm } from '../../../gateway/services/checksums.ts';

const MASK = (1n << 64n) - 1n;
const PRIME32 = 2_654_435_761n;
const PRIME64 = 11_400_714_785_074_694_797n;

/** The buffer that xxHash's own sanity check sums prefixes of (xsum_sanity_check.c). */
export function sanityBuffer(sizeBytes: number): Buffer {
  const buffer = Buffer.alloc(sizeBytes);
  let generator = PRIME32;
  for (let index = 0; index < sizeBytes; index += 1) {
    buffer[index] = Number(generator >> 56n);
    generator = (generator * PRIME64) & MASK;
  }
  return buffer;
}

/**
 * Sums of that buffer's first bytes by seed 0, as xxHash 0.8 publishes them: one length for each way that the algorithm
 * takes. In canonical form, which is big-endian: what the AWS Common Runtime sends (aws/checksums/xxhash.h).
 */
export const XXHASH_VECTORS: Readonly<
  Record<Extract<ChecksumAlgorithm, `XXHASH${string}`>, readonly (readonly [sizeBytes: number, hex: string])[]>
> = {
  XXHASH64: [
    [0, 'ef46db3751d8e999'],
    [1, 'e934a84adb052768'],
    [4, '9136a0dca57457ee'],
    [14, '8282dcc4994e35c8'],
    [222, 'b641ae8cb691c174'],
  ],
  XXHASH3: [
    [0, '2d06800538d394c2'],
    [1, 'c44bdff4074eecdb'],
    [6, '27b56a84cd2d7325'],
    [12, 'a713daf0dfbb77e7'],
    [24, 'a3fe70bf9d3510eb'],
    [48, '397da259ecba1f11'],
    [80, 'bcdefbbb2c47c90a'],
    [195, 'cd94217ee362ec3a'],
    [403, 'cdeb804d65c6dea4'],
    [512, '617e49599013cb6b'],
    [2048, 'dd59e2c3a5f038e0'],
    [2240, '6e73a90539cf2948'],
    [2367, 'cb37aeb9e5d361ed'],
  ],
  XXHASH128: [
    [0, '99aa06d3014798d86001c324468d497f'],
    [1, 'a6cd5e9392000f6ac44bdff4074eecdb'],
    [6, '082afe0b8162d12a3e7039bdda43cfc6'],
    [12, '6e3efd8fc7802b18061a192713f69ad9'],
    [24, '0ce966e4678d37611e7044d28b1b901d'],
    [48, 'a002ac4e5478227ef942219aed80f67b'],
    [81, '4952f58181ab00425e8bafb9f95fb803'],
    [222, '337e09641b948717f1aebd597cec6b3a'],
    [403, '1b6de21e332dd73dcdeb804d65c6dea4'],
    [512, '18d2d110dcc9bca1617e49599013cb6b'],
    [2048, 'f736557fd47073a5dd59e2c3a5f038e0'],
    [2240, 'ccb134fbfa7ce49d6e73a90539cf2948'],
    [2367, 'e89c0f6ff369b427cb37aeb9e5d361ed'],
  ],
};
