/** Which option says where a channel of the guest leads. */
import type { CharacterChannel } from './option-values';
import type { Options } from './options';

/** Channel of the target's output -> its option. */
export const GUEST_CHANNELS = { com1: 'serial', debugcon: 'debugcon' } as const satisfies Readonly<
  Record<string, keyof Options>
>;

export type ChannelOptions = Pick<Options, (typeof GUEST_CHANNELS)[keyof typeof GUEST_CHANNELS]>;

/** What was asked for a channel; undefined for nothing. */
export function channelOption(options: ChannelOptions, channel: string): CharacterChannel | undefined {
  return Object.hasOwn(GUEST_CHANNELS, channel)
    ? options[GUEST_CHANNELS[channel as keyof typeof GUEST_CHANNELS]]
    : undefined;
}
