import { compareBytes } from './odd-keys.ts';

/** A version, or a delete marker, by what was once put there. */
export interface ModelFile {
  readonly etag: string;
  readonly sizeBytes: number;
  readonly isDeleteMarker: boolean;
  /** Which came first. */
  readonly order: number;
}

export interface ModelDrive {
  /** By key, the newest first. */
  readonly files: Map<string, readonly ModelFile[]>;
  /** Paths that are shared. */
  shares: Set<string>;
}

export interface ModelEnds {
  readonly from: ModelDrive;
  readonly to: ModelDrive;
  readonly source: string;
  readonly target: string;
  readonly overwrite: boolean;
}

/** What was refused, by its code. */
export class Refused extends Error {}

let made = 0;

function newest(file: Omit<ModelFile, 'order'>): ModelFile {
  made += 1;
  return { ...file, order: made };
}

const MARKER = { etag: '', sizeBytes: 0, isDeleteMarker: true };

/** What holds for a key: the top folder `special` keeps versions. */
function keeps(key: string): boolean {
  return key.startsWith('special/');
}

function isIn(key: string, path: string): boolean {
  return key === path || (path.endsWith('/') && key.startsWith(path));
}

export function currentOf(drive: ModelDrive, key: string): ModelFile | undefined {
  const [newest] = drive.files.get(key) ?? [];
  return newest?.isDeleteMarker ? undefined : newest;
}

/** The keys below a path that name something, in order. */
export function keysIn(drive: ModelDrive, path: string): string[] {
  return [...drive.files.keys()]
    .filter((key) => isIn(key, path) && currentOf(drive, key) !== undefined)
    .sort(compareBytes);
}

function set(drive: ModelDrive, key: string, versions: readonly ModelFile[]): void {
  if (versions.length === 0) drive.files.delete(key);
  else drive.files.set(key, versions);
}

export function put(drive: ModelDrive, key: string, file: Omit<ModelFile, 'order'>): void {
  set(drive, key, [newest(file), ...(keeps(key) ? (drive.files.get(key) ?? []) : [])]);
}

export function hide(drive: ModelDrive, key: string): void {
  const versions = drive.files.get(key) ?? [];
  set(drive, key, keeps(key) ? [newest(MARKER), ...versions] : []);
}

function requireMove({ from, to, source, target, overwrite }: ModelEnds, { leaves }: { leaves: boolean }): string[] {
  if (source.endsWith('/') !== target.endsWith('/')) throw new Refused('InvalidRequest');
  if (from === to && isIn(target, source)) throw new Refused('InvalidRequest');
  const keys = keysIn(from, source);
  if (keys.length === 0) throw new Refused('NoSuchKey');
  const isTaken = keys.some((key) => {
    const there = target + key.slice(source.length);
    return currentOf(to, there) !== undefined && !(leaves && from === to && isIn(there, source));
  });
  if (isTaken && !overwrite) throw new Refused('FileExists');
  return keys;
}

/** One by one: all are lifted, and only then put down. */
export function move(ends: ModelEnds): void {
  const { from, to, source, target } = ends;
  const keys = requireMove(ends, { leaves: true });
  const carries = keeps(source) && keeps(target);
  const lifted = keys.map((key) => {
    const [current, ...older] = from.files.get(key) ?? [];
    if (current === undefined) throw new Error('What is current has a version.');
    const isUncovered = older[0]?.isDeleteMarker === false;
    set(from, key, carries ? [] : isUncovered ? [newest(MARKER), ...older] : older);
    return { key: target + key.slice(source.length), current, older: carries ? older : [] };
  });
  for (const { key, current, older } of lifted) {
    const there = keeps(key) ? (to.files.get(key) ?? []) : [];
    // What was deleted there is what is below its marker: nothing that comes is.
    const isDeleted = there.some(({ isDeleteMarker }) => isDeleteMarker);
    const come = isDeleted ? [...older].reverse().map(newest).reverse() : older;
    set(to, key, [newest(current), ...[...come, ...there].sort((a, b) => b.order - a.order)]);
  }
  moveShares(ends);
}

export function copy(ends: ModelEnds): void {
  const { from, to, source, target } = ends;
  const copies = requireMove(ends, { leaves: false }).map((key) => {
    return { key: target + key.slice(source.length), file: currentOf(from, key) as ModelFile }; // it is current
  });
  for (const { key, file } of copies) put(to, key, file);
}

function moveShares({ from, to, source, target }: ModelEnds): void {
  const moving = [...from.shares].filter((path) => isIn(path, source));
  for (const path of moving) from.shares.delete(path);
  if (from === to) for (const path of moving) to.shares.add(target + path.slice(source.length));
}

/** A share is there as long as something is there that it is of. */
export function forgetShares(drive: ModelDrive): void {
  for (const path of drive.shares) if (keysIn(drive, path).length === 0) drive.shares.delete(path);
}

/** Something in the trash: where it is, or the markers that hide it, by their keys. */
export interface ModelTrash {
  readonly path: string;
  readonly place: string | undefined;
  readonly markers: ReadonlyMap<string, ModelFile>;
}

export function trash(drive: ModelDrive, { path, id }: { path: string; id: string }): ModelTrash {
  const keys = keysIn(drive, path);
  if (keys.length === 0) throw new Refused('NoSuchKey');
  if (keeps(path)) {
    for (const key of keys) hide(drive, key);
    const markers = new Map(keys.map((key) => [key, (drive.files.get(key) ?? [])[0] as ModelFile])); // just made
    return { path, place: undefined, markers };
  }
  const bare = path.endsWith('/') ? path.slice(0, -1) : path;
  const place = `.trash/${id}/${path.slice(bare.lastIndexOf('/') + 1)}`;
  const shares = new Set(drive.shares);
  move({ from: drive, to: drive, source: path, target: place, overwrite: false });
  drive.shares = shares;
  return { path, place, markers: new Map() };
}

export function restore(drive: ModelDrive, item: ModelTrash, overwrite: boolean): void {
  if (item.place !== undefined) {
    if (keysIn(drive, item.place).length === 0) throw new Refused('NoSuchTrash');
    move({ from: drive, to: drive, source: item.place, target: item.path, overwrite });
    return;
  }
  const hidden = [...item.markers].filter(([key, marker]) => hiddenBy(drive, key, marker) !== undefined);
  if (hidden.length === 0) throw new Refused('NoSuchTrash');
  const left = [...item.markers].filter(([key, marker]) => drive.files.get(key)?.includes(marker));
  if (!overwrite && left.some(([key]) => currentOf(drive, key) !== undefined)) throw new Refused('FileExists');
  for (const [key, marker] of hidden) bringUp(drive, key, marker);
}

function hiddenBy(drive: ModelDrive, key: string, marker: ModelFile): ModelFile | undefined {
  const versions = drive.files.get(key) ?? [];
  const at = versions.indexOf(marker);
  const below = at < 0 ? undefined : versions[at + 1];
  return below?.isDeleteMarker ? undefined : below;
}

/** As it was where nothing came since, and else as something new. */
function bringUp(drive: ModelDrive, key: string, marker: ModelFile): void {
  const versions = drive.files.get(key) ?? [];
  const below = hiddenBy(drive, key, marker) as ModelFile; // the caller has looked
  if (versions[0] === marker) set(drive, key, versions.slice(1));
  else set(drive, key, [newest(below), ...versions.filter((each) => each !== below)]);
}
