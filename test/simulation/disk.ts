import fs, { type PathLike } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { dirname, resolve } from 'node:path';

/**
 * A disk that forgets what was not made durable. It stands between the code under test and the file system of this
 * process, for folders that were mounted: every change is a step at which the node may crash, and is remembered with
 * the way to undo it until the call that makes it durable (fsync or fdatasync of the file for bytes, fsync of the
 * folder for names, as POSIX has it; a write with O_DSYNC at once). Calls run synchronously, so that their order
 * follows from the program alone. Removing a whole folder counts as durable.
 */
export interface Mount {
  /** A loss of power: the last changes that are not durable are undone. @param keep how many of the first remain */
  loseUnsynced(keep: (pending: number) => number): number;
  /** From here on whoever still holds a path or a file of it waits for ever. */
  unmount(): void;
}

type Step = (what: string) => Promise<void>;

interface Pending {
  /** `file <inode>` or `folder <path>`: what must be synced. */
  readonly until: string;
  undo(): void;
}

interface Mounted {
  readonly root: string;
  readonly step: Step;
  pending: Pending[];
  readonly paths: Map<number, string>;
}

const forever = new Promise<never>(() => undefined);
const mounts = new Map<string, Mounted>();
const bases = new Set<string>();
const real = { ...fs.promises };

/** The mount of a path; `gone` when it stood on one that is no more; null for the rest of the machine. */
function mountOf(path: unknown): Mounted | 'gone' | null {
  if (typeof path !== 'string') return null;
  const whole = resolve(path);
  for (const base of bases) {
    if (!whole.startsWith(`${base}/`)) continue;
    const [name] = whole.slice(base.length + 1).split('/');
    return mounts.get(`${base}/${name}`) ?? 'gone';
  }
  return null;
}

function synced(mount: Mounted, what: string): void {
  mount.pending = mount.pending.filter(({ until }) => until !== what);
}

/** The bytes of a file as they were, to be put back under whatever name it has then. */
function beforeWrite(mount: Mounted, inode: number, at: number, length: number): Pending {
  const path = mount.paths.get(inode)!;
  const { size } = fs.statSync(path);
  const old = Buffer.alloc(Math.max(0, Math.min(length, size - at)));
  const fd = fs.openSync(path, 'r');
  fs.readSync(fd, old, 0, old.length, at);
  fs.closeSync(fd);
  return {
    until: `file ${inode}`,
    undo() {
      const now = mount.paths.get(inode);
      if (now === undefined || !fs.existsSync(now)) return;
      const file = fs.openSync(now, 'r+');
      fs.writeSync(file, old, 0, old.length, at);
      fs.ftruncateSync(file, Math.min(size, fs.fstatSync(file).size));
      fs.closeSync(file);
    },
  };
}

function createdFile(mount: Mounted, path: string): void {
  const { ino } = fs.statSync(path);
  mount.paths.set(ino, path);
  mount.pending.push({
    until: `folder ${dirname(path)}`,
    undo() {
      if (fs.existsSync(path) && fs.statSync(path).ino === ino) fs.rmSync(path);
    },
  });
}

function madeFolder(mount: Mounted, path: string): void {
  if (fs.existsSync(path)) return;
  madeFolder(mount, dirname(path));
  fs.mkdirSync(path);
  mount.pending.push({
    until: `folder ${dirname(path)}`,
    undo: () => fs.rmSync(path, { recursive: true, force: true }),
  });
}

/** What a removed or replaced name held. */
function beforeLoss(mount: Mounted, path: string): Pending {
  const old = fs.existsSync(path) ? fs.readFileSync(path) : null;
  return {
    until: `folder ${dirname(path)}`,
    undo() {
      if (old === null) return;
      fs.writeFileSync(path, old);
      mount.paths.set(fs.statSync(path).ino, path);
    },
  };
}

class SimulatedFile {
  readonly mount: Mounted;
  readonly fd: number;
  readonly inode: number;
  readonly durableWrites: boolean;
  readonly folder: string | null;
  position = 0;

  constructor(mount: Mounted, path: string, fd: number, durableWrites: boolean) {
    this.mount = mount;
    this.fd = fd;
    const stat = fs.fstatSync(fd);
    this.inode = stat.ino;
    this.folder = stat.isDirectory() ? path : null;
    this.durableWrites = durableWrites;
    if (!this.folder) mount.paths.set(this.inode, path);
  }

  private async alive(): Promise<void> {
    if (mounts.get(this.mount.root) !== this.mount) await forever;
  }

  private async put(pieces: readonly Uint8Array[], at: number | null): Promise<number> {
    await this.alive();
    const bytes = Buffer.concat(pieces);
    await this.mount.step('write');
    const from = at ?? this.position;
    const pending = this.durableWrites ? null : beforeWrite(this.mount, this.inode, from, bytes.length);
    fs.writeSync(this.fd, bytes, 0, bytes.length, from);
    if (at === null) this.position = from + bytes.length;
    if (pending) this.mount.pending.push(pending);
    else await this.mount.step('written through');
    return bytes.length;
  }

  async write(
    data: Uint8Array | string,
    offset = 0,
    length?: number,
    position: number | null = null,
  ): Promise<{ bytesWritten: number }> {
    const bytes = Buffer.from(data as Uint8Array);
    return {
      bytesWritten: await this.put([bytes.subarray(offset, offset + (length ?? bytes.length))], position),
    };
  }
  async writev(
    pieces: readonly Uint8Array[],
    position: number | null = null,
  ): Promise<{ bytesWritten: number }> {
    return { bytesWritten: await this.put(pieces, position) };
  }
  async writeFile(data: Uint8Array | string): Promise<void> {
    await this.put([Buffer.from(data as Uint8Array)], null);
  }
  async sync(): Promise<void> {
    await this.alive();
    await this.mount.step('sync');
    synced(this.mount, this.folder === null ? `file ${this.inode}` : `folder ${this.folder}`);
    await this.mount.step('synced');
  }
  async datasync(): Promise<void> {
    await this.sync();
  }
  async read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number | null = null,
  ): Promise<{ bytesRead: number; buffer: Buffer }> {
    await this.alive();
    const bytesRead = fs.readSync(this.fd, buffer, offset, length, position ?? this.position);
    if (position === null) this.position += bytesRead;
    return { bytesRead, buffer };
  }
  async readFile(): Promise<Buffer> {
    await this.alive();
    return fs.readFileSync(this.fd);
  }
  async stat(): Promise<fs.Stats> {
    await this.alive();
    return fs.fstatSync(this.fd);
  }
  close(): Promise<void> {
    if (mounts.get(this.mount.root) === this.mount) fs.closeSync(this.fd);
    return Promise.resolve();
  }
}

const flagsOf = (flags: string | number | undefined): number => {
  if (typeof flags === 'number') return flags;
  const { O_CREAT, O_EXCL, O_RDONLY, O_RDWR, O_TRUNC, O_WRONLY } = fs.constants;
  const known: Record<string, number> = {
    r: O_RDONLY,
    'r+': O_RDWR,
    w: O_WRONLY | O_CREAT | O_TRUNC,
    wx: O_WRONLY | O_CREAT | O_EXCL,
  };
  const found = known[flags ?? 'r'];
  if (found === undefined) throw new Error(`the simulated disk does not know the flags ${flags}`);
  return found;
};

async function openFile(mount: Mounted, path: string, flags: number, mode?: number): Promise<SimulatedFile> {
  const isNew = (flags & fs.constants.O_CREAT) !== 0 && !fs.existsSync(path);
  if (isNew || (flags & fs.constants.O_TRUNC) !== 0) await mount.step(`open ${isNew ? 'new' : 'again'}`);
  const cut =
    !isNew && (flags & fs.constants.O_TRUNC) !== 0 && fs.statSync(path).size > 0
      ? (mount.paths.set(fs.statSync(path).ino, path),
        beforeWrite(mount, fs.statSync(path).ino, 0, fs.statSync(path).size))
      : null;
  const fd = fs.openSync(path, flags, mode);
  if (isNew) createdFile(mount, path);
  if (cut) mount.pending.push(cut);
  return new SimulatedFile(mount, path, fd, (flags & fs.constants.O_DSYNC) !== 0);
}

/** The calls of `node:fs/promises` that change something, for paths on a mount. */
const simulated: Record<string, (mount: Mounted, ...args: never[]) => Promise<unknown>> = {
  open: (mount, path: string, flags?: string | number, mode?: number) =>
    openFile(mount, resolve(path), flagsOf(flags), mode),
  async mkdir(mount, path: string, options?: { recursive?: boolean }) {
    await mount.step('mkdir');
    const whole = resolve(path);
    if (fs.existsSync(whole)) {
      if (options?.recursive) return undefined;
      return fs.mkdirSync(whole);
    }
    madeFolder(mount, whole);
    return whole;
  },
  async rename(mount, from: string, to: string) {
    await mount.step('rename');
    const [source, target] = [resolve(from), resolve(to)];
    const lost = beforeLoss(mount, target);
    const { ino } = fs.statSync(source);
    fs.renameSync(source, target);
    mount.paths.set(ino, target);
    mount.pending.push({
      until: `folder ${dirname(target)}`,
      undo() {
        if (fs.existsSync(target)) fs.renameSync(target, source);
        mount.paths.set(ino, source);
        lost.undo();
      },
    });
    await mount.step('renamed');
  },
  async unlink(mount, path: string) {
    await mount.step('unlink');
    const lost = beforeLoss(mount, resolve(path));
    fs.unlinkSync(path);
    mount.pending.push(lost);
  },
  async rm(mount, path: string, options?: fs.RmOptions) {
    await mount.step('rm');
    fs.rmSync(path, options);
  },
  async writeFile(
    mount,
    path: string,
    data: Uint8Array | string,
    options?: { mode?: number; flush?: boolean },
  ) {
    const file = await openFile(mount, resolve(path), flagsOf('w'), options?.mode);
    await file.writeFile(data);
    if (options?.flush) await file.sync();
    await file.close();
  },
};

/** Puts the simulated disk between this process and its files; only mounted folders notice. */
export function installDisk(base: string): void {
  bases.add(base);
  const patched = fs.promises as unknown as Record<string, unknown>;
  for (const name of [
    'open',
    'mkdir',
    'rename',
    'unlink',
    'rm',
    'writeFile',
    'readFile',
    'readdir',
    'stat',
    'chmod',
  ]) {
    const original = (real as Record<string, unknown>)[name] as (...args: unknown[]) => Promise<unknown>;
    patched[name] = async (path: PathLike, ...rest: unknown[]): Promise<unknown> => {
      const mount = mountOf(path);
      if (mount === 'gone') return await forever;
      if (mount === null) return await original(path, ...rest);
      const change = simulated[name];
      if (change) return await (change as (...args: unknown[]) => Promise<unknown>)(mount, path, ...rest);
      // Reading, in the same turn of the loop as everything else here.
      const direct = (fs as unknown as Record<string, (...args: unknown[]) => unknown>)[`${name}Sync`]!;
      return direct(path, ...rest);
    };
  }
  syncBuiltinESMExports();
}

/** Mounts a folder directly below the base. */
export function mountDisk(root: string, step: Step): Mount {
  const mount: Mounted = { root, step, pending: [], paths: new Map() };
  mounts.set(root, mount);
  return {
    loseUnsynced(keep) {
      const undone = mount.pending.splice(keep(mount.pending.length));
      for (const one of undone.toReversed()) one.undo();
      return undone.length;
    },
    unmount: () => void mounts.delete(root),
  };
}
