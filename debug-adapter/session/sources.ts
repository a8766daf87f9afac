/** source and loadedSources. */
import * as v from 'valibot';
import { RequestError } from '../dap/errors';
import { request } from '../dap/requests';
import { decodeText } from '../symbols/files';
import { nameOf } from '../symbols/paths';
import { int, nothing, sourceSchema } from './arguments';
import type { Family } from './family';
import type { Session } from './session';

const source = v.object({ sourceReference: v.optional(int, 0), source: v.optional(sourceSchema) });

/** Assembly text, so that the editor colours it and takes breakpoints in it. */
const MIME_TYPE = 'text/x-asm';

export function sourceRequests(session: Session): Family {
  return {
    capabilities: { supportsLoadedSourcesRequest: true },
    handlers: [
      request('source', 'read', source, async (args) => {
        const reference = args.source?.sourceReference ?? args.sourceReference;
        if (reference > 0) {
          const text = session.generated.text(reference);
          if (text === undefined) throw new RequestError(`There is no source ${reference} in this session.`);
          return { content: text, mimeType: MIME_TYPE };
        }
        const path = args.source?.path;
        const { lines, listings } = session.program().symbols;
        // Only files that belong to the program are handed out.
        if (path === undefined || !(lines.has(path) || listings.has(path))) {
          throw new RequestError(`The program has no source "${path ?? ''}".`);
        }
        const bytes = await session.host.files.read(path);
        if (bytes === undefined) throw new RequestError(`${path} can't be read.`);
        return { content: decodeText(bytes), mimeType: MIME_TYPE };
      }),
      request('loadedSources', 'read', nothing, () => {
        const { lines, listings } = session.program().symbols;
        const files = [...lines.files(), ...listings.files()].map((path) => ({ name: nameOf(path), path }));
        return { sources: [...files, ...session.generated.sources()] };
      }),
    ],
  };
}
