/** Writes what the guest sends to the files that `serial` and `debugcon` name. */
import type { DebugTarget } from '../../emulator/debug/target';
import { channelOption, type ChannelOptions, GUEST_CHANNELS } from '../protocol/guest-channels';
import { FileWriter } from './file-writer';

export class GuestFiles {
  private readonly writers = new Map<string, FileWriter>();

  /** @param problem told when a file can't be written any more */
  constructor(private readonly problem: (error: Error) => void) {}

  /** Opens the files, empty, also those that are open. @throws Error that names the file and says why it can't be written */
  open(options: ChannelOptions): void {
    this.close();
    for (const channel of Object.keys(GUEST_CHANNELS)) {
      const leads = channelOption(options, channel);
      if (leads?.kind === 'file') this.writers.set(channel, new FileWriter(leads.path, this.problem));
    }
  }

  follow(target: DebugTarget): void {
    if (this.writers.size === 0) return;
    target.listen((event) => {
      if (event.type === 'output') this.writers.get(event.channel)?.write(event.bytes);
    });
  }

  close(): void {
    for (const writer of this.writers.values()) writer.close();
    this.writers.clear();
  }
}
