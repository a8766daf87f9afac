/** Builds the machine that options ask for, paced by the host. Used by sessions; the command line shares the parts. */
import { readFileSync, statSync } from 'node:fs';
import { BuiltInTarget } from '../../emulator/debug/built-in';
import { identifyImage } from '../../emulator/machines/identify-image';
import type { BlockSource } from '../../emulator/storage/block-source';
import { Machine } from '../../emulator/system/machine';
import { Typist } from '../../emulator/system/typist';
import type { Options } from '../protocol/options';
import type { LaunchedImage, LaunchedMachine } from '../session/host';
import { FileSource } from './file-source';
import { Pacer } from './pacer';

/** Where firmware puts a boot sector. */
const BOOT_ADDRESS = 0x7c00n;
const BOOT_BYTES = 512;
/** Listings are held against this much of an image. */
const LARGEST_IMAGE = 64 * 1024 * 1024;

/** The drives and images that options name. */
export interface Media {
  readonly floppies: readonly BlockSource[];
  readonly disks: readonly BlockSource[];
  readonly images: readonly LaunchedImage[];
  close(): void;
}

/** Opens what the options name. @throws Error that names the file and what is wrong with it. */
export function openMedia(options: Options): Media {
  const opened: FileSource[] = [];
  const open = (path: string): FileSource => {
    const source = new FileSource(path);
    opened.push(source);
    return source;
  };
  const close = () => {
    for (const source of opened) source.close();
  };
  try {
    const floppies: BlockSource[] = [];
    const disks: BlockSource[] = [];
    const images: LaunchedImage[] = [];
    if (options.floppy !== undefined) floppies.push(open(options.floppy));
    if (options.disk !== undefined) disks.push(open(options.disk));
    if (options.program !== undefined) {
      const source = open(options.program);
      const identity = identifyImage(source);
      switch (identity.kind) {
        case 'boot-sector':
        case 'floppy':
          floppies.unshift(source);
          break;
        case 'disk':
          disks.unshift(source);
          break;
        default:
          throw new Error(`${options.program} can not be started. ${identity.why}`);
      }
      images.push(bootImage(options.program, identity.kind, source));
    } else {
      const path = options.floppy ?? options.disk;
      const [first] = [...floppies, ...disks];
      if (path !== undefined && first !== undefined)
        images.push(bootImage(path, options.floppy === undefined ? 'disk' : 'floppy', first));
    }
    return { floppies: floppies.slice(0, 2), disks, images, close };
  } catch (error) {
    close();
    throw error;
  }
}

/** An image that the firmware boots: its first sector goes to 0000:7C00. */
function bootImage(path: string, kind: string, source: BlockSource): LaunchedImage {
  const bytes = source.length <= LARGEST_IMAGE ? new Uint8Array(readFileSync(path)) : source.read(0, BOOT_BYTES);
  return {
    path,
    kind,
    bytes,
    modified: statSync(path).mtimeMs,
    loads: [{ offset: 0, length: Math.min(BOOT_BYTES, bytes.length), address: BOOT_ADDRESS }],
  };
}

/** The machine itself, standing at its reset vector. @throws Error that says what can't be had. */
export function buildMachine(options: Options, media: Media): Machine {
  return new Machine({
    machine: options.machine,
    cpu: options.cpu,
    memoryBytes: options.memory,
    floppies: media.floppies,
    disks: media.disks,
    bootOrder: media.floppies.length > 0 ? ['floppy', 'disk'] : ['disk', 'floppy'],
    rtcEpochSeconds: Math.floor((options.rtc === 'now' ? Date.now() : options.rtc) / 1000),
  });
}

/** A machine for a session: paced by the clock on the wall, with what is to be typed. */
export function launchPaced(options: Options, signal: AbortSignal): LaunchedMachine {
  signal.throwIfAborted();
  const media = openMedia(options);
  try {
    const machine = buildMachine(options, media);
    const pacer = new Pacer(
      () => target,
      () => typist,
    );
    const target = new BuiltInTarget(machine, { historyBytes: options.history, wake: () => pacer.wake() });
    const typist = new Typist(machine, (input) => target.timeline.input(input));
    target.typist = typist;
    if (options.keys !== undefined) typist.type(options.keys.replaceAll('\\n', '\n'));
    return {
      target,
      images: media.images,
      entry: BOOT_ADDRESS,
      warnings: [],
      dispose: () => {
        pacer.dispose();
        media.close();
      },
    };
  } catch (error) {
    media.close();
    throw error;
  }
}
