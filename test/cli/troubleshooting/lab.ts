/** What provokes messages: the command line as a program, sessions in this process, files. */
import { writeFileSync } from 'node:fs';
import { RealSession } from '../../support/real-session';
import type { Stepback } from '../../support/stepback';
import { runTool } from '../../support/tools';

const END = '\ntimes 510 - ($ - $$) db 0\ndw 0xaa55\n';

/** Message of the page, and what provokes it and gives what was said. */
export type Provocations = Readonly<Record<string, (lab: Lab) => Promise<string>>>;

export class Lab {
  #session: RealSession | undefined;
  #files = 0;

  constructor(readonly stepback: Stepback) {}

  end(): void {
    this.#session?.end();
    this.#session = undefined;
  }

  /** A file with this content. */
  file(name: string, content: string | Uint8Array): string {
    const path = this.stepback.file(`${this.#files++}-${name}`);
    writeFileSync(path, content);
    return path;
  }

  /** An image of NASM's, by itself. */
  assemble(source: string, name = 'guest.bin'): string {
    const image = this.stepback.file(`${this.#files++}-${name}`);
    runTool('nasm', ['-f', 'bin', '-o', image, this.file('guest.asm', source)], this.stepback.folder);
    return image;
  }

  /** A boot sector. */
  sector(code: string): string {
    return this.assemble(`bits 16\norg 0x7c00\n${code}${END}`);
  }

  /** What a command of the command line says on both channels. */
  async cli(...args: string[]): Promise<string> {
    const { stdout, stderr } = await this.stepback.run(args);
    return stdout + stderr;
  }

  async begin(): Promise<RealSession> {
    this.end();
    this.#session = new RealSession();
    await this.#session.initialize();
    return this.#session;
  }

  /** The message of a launch that is refused. */
  async refused(options: object): Promise<string> {
    return (await this.begin()).client.refused('launch', options);
  }

  /** What is said of a breakpoint on a line of a source, of an image that is launched. */
  async breakpoint(image: string, source: string, line: number): Promise<string> {
    const session = await this.begin();
    await session.launchToStop({ program: image });
    const { breakpoints } = await session.client.request<{
      readonly breakpoints: readonly { readonly message?: string }[];
    }>('setBreakpoints', { source: { path: source }, breakpoints: [{ line }] });
    return breakpoints[0]?.message ?? '';
  }

  /** What the Debug Console has after a launch. */
  async console(options: object): Promise<string> {
    const session = await this.begin();
    await session.launchToStop(options);
    return session.console('console') + session.console('important');
  }

  /** A source, its image and its listing beside each other; what is in the image and the listing may be of others. */
  listed(
    name: string,
    texts: { readonly source: string; readonly image?: string; readonly listing?: string },
  ): {
    readonly source: string;
    readonly image: string;
  } {
    const { folder } = this.stepback;
    const source = this.stepback.file(`${name}.asm`);
    const image = this.stepback.file(`${name}.bin`);
    const listing = this.stepback.file(`${name}.lst`);
    writeFileSync(source, texts.listing ?? texts.source);
    runTool('nasm', ['-f', 'bin', '-o', image, '-l', listing, source], folder);
    writeFileSync(source, texts.image ?? texts.source);
    runTool('nasm', ['-f', 'bin', '-o', image, source], folder);
    writeFileSync(source, texts.source);
    return { source, image };
  }
}
