import { bytes, integer, oneOf } from './kinds.ts';
import { fixed } from './setting.ts';

/** The settings of drives. */
export const driveSettings = {
  maxFileSize: fixed({
    name: 'GATEHOUSE_MAX_FILE_SIZE',
    kind: bytes(1, 5 * 1024 ** 4),
    fallback: '5GiB',
    description: 'The largest file that one request of the API may bring. Larger ones come in parts.',
  }),
  temporaryDays: fixed({
    name: 'GATEHOUSE_TEMPORARY_DAYS',
    kind: integer(1, 36_500),
    fallback: '7',
    description: 'Days that a file stays in the folder `temporary` of a drive whose owner did not say otherwise.',
  }),
  trashDays: fixed({
    name: 'GATEHOUSE_TRASH_DAYS',
    kind: integer(1, 36_500),
    fallback: '30',
    description: 'Days that the trash of a drive is kept whose owner did not say otherwise.',
  }),
  transfers: fixed({
    name: 'GATEHOUSE_TRANSFERS',
    kind: oneOf('offer', 'at-once'),
    fallback: 'offer',
    description: 'Whether the ownership of a file is offered, for the recipient to accept, or handed over at once.',
  }),
} as const;
