import { fromBuffer } from 'yauzl';

/** What is in an archive: bytes by name; those of directories are empty. Rejects for what is no whole archive. */
export function unzip(archive: Buffer): Promise<Map<string, Buffer>> {
  return new Promise((resolve, reject) => {
    fromBuffer(archive, { lazyEntries: true, strictFileNames: true }, (failure, zip) => {
      if (failure !== null) return reject(failure);
      const files = new Map<string, Buffer>();
      zip.on('error', reject);
      zip.on('end', () => resolve(files));
      zip.on('entry', (entry) => {
        zip.openReadStream(entry, async (error, stream) => {
          if (error !== null) return reject(error);
          try {
            const pieces: Buffer[] = [];
            for await (const piece of stream) pieces.push(piece);
            files.set(entry.fileName, Buffer.concat(pieces));
            zip.readEntry();
          } catch (broken) {
            reject(broken);
          }
        });
      });
      zip.readEntry();
    });
  });
}
