/** Media of drives: what is in them, and exchanging it. */
import * as v from 'valibot';
import type { MediaCapability } from '../../../emulator/debug/target';
import { RequestError } from '../../dap/errors';
import { request } from '../../dap/requests';
import { nothing, text } from '../arguments';
import type { Family } from '../family';
import type { Session } from '../session';

const changeMedium = v.object({ drive: text, image: v.optional(text) });

export function mediaRequests(session: Session): Family {
  const capability = (): MediaCapability => {
    const { media } = session.program().target;
    if (media === undefined) throw new RequestError('The media of this machine can not be exchanged.');
    return media;
  };
  return {
    capabilities: {},
    handlers: [
      request('stepback.media', 'read', nothing, async () => ({
        drives: (await session.program().target.media?.drives()) ?? [],
      })),
      request('stepback.changeMedium', 'write', changeMedium, async ({ drive, image }) => {
        const media = capability();
        try {
          await media.exchange(drive, image);
        } catch (error) {
          throw new RequestError(error instanceof Error ? error.message : String(error));
        }
        return { drives: await media.drives() };
      }),
    ],
  };
}
