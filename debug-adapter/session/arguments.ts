/** Schemas of arguments that several requests have. */
import * as v from 'valibot';

export const text = v.string('expected text');
export const int = v.pipe(v.number('expected a whole number'), v.safeInteger('expected a whole number'));
export const count = v.pipe(int, v.minValue(0, 'expected 0 or more'));
export const flag = v.boolean('expected true or false');
export const nothing = v.object({});

export const sourceSchema = v.object(
  {
    name: v.optional(text),
    path: v.optional(text),
    sourceReference: v.optional(int),
  },
  'expected a source with "path" or "sourceReference"',
);

export const threadArguments = v.object({ threadId: int });

const granularity = v.optional(
  v.picklist(['statement', 'line', 'instruction'], 'expected "statement", "line" or "instruction"'),
  'statement',
);

export const stepArguments = v.object({ threadId: int, granularity });

export const formatSchema = v.optional(v.object({ hex: v.optional(flag, false) }), { hex: false });
