/** evaluate, setExpression, completions. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import * as v from 'valibot';
import { RequestError } from '../dap/errors';
import { request } from '../dap/requests';
import { formatSchema, int, text } from './arguments';
import { searchAccess } from './breakpoints/data-requests';
import { expressionName } from '../protocol/expression-name';
import { evaluate, type Value } from './expressions/evaluator';
import { splitAssignment } from './expressions/parser';
import type { Family } from './family';
import { parse, registerPointsTo } from './locate';
import { writePlace } from './place';
import { hex, memoryReference, type Program } from './program';
import type { Session } from './session';
import { flagsSummary, valueText } from './value-text';

const evaluateArguments = v.object({
  expression: text,
  frameId: v.optional(int),
  context: v.optional(text),
  format: formatSchema,
});

const setExpression = v.object({ expression: text, value: text, frameId: v.optional(int), format: formatSchema });

const completions = v.object({ text, column: int, line: v.optional(int, 1), frameId: v.optional(int) });

/** Most names offered at once. */
const MOST_COMPLETIONS = 200;

/** In the console: goes back to who wrote something last. */
const WHO = /^\s*who\s+(\S.*)$/s;
/** In the console: how page tables lead from a linear address to a physical one. */
const WALK = /^\s*walk\s+(\S.*)$/s;

/** Sizes, with the bracket that must follow. */
const SIZES = ['byte', 'word', 'dword', 'qword'];
/** At the beginning of a line of the console. */
const CONSOLE_WORDS = [
  { label: 'who', detail: 'goes back to the last write: who byte[0x7e00]' },
  { label: 'walk', detail: 'shows how page tables lead to an address: walk 0xc0001000' },
];

interface Presented {
  result: string;
  variablesReference: number;
  type?: string;
  memoryReference?: string;
}

async function present(session: Session, program: Program, value: Value, hexOnly: boolean): Promise<Presented> {
  let result = valueText(value, hexOnly);
  let variablesReference = 0;
  const { place } = value;
  const register =
    place?.kind === 'register'
      ? program.target.description.registers.find((candidate) => candidate.name === place.name)
      : undefined;
  if (register?.bits !== undefined) {
    result += ` [${flagsSummary(value.value, register.bits)}]`;
    variablesReference = session.variables.create({ kind: 'bits', register: register.name });
  }
  const { codeSpace } = program.target.description;
  if (value.address === true && value.value >= 0n) {
    const name = program.describe(value.value);
    result += ` ${await program.formatAddress(value.value)}${name === undefined ? '' : ` ${name}`}`;
    return { result, variablesReference, memoryReference: memoryReference(codeSpace, value.value, codeSpace) };
  }
  if (place?.kind === 'memory') {
    return { result, variablesReference, memoryReference: memoryReference(place.space, place.address, codeSpace) };
  }
  if (place?.kind === 'register') {
    const address = await registerPointsTo(program, place.name, value.value);
    if (address !== undefined)
      return { result, variablesReference, memoryReference: memoryReference(codeSpace, address, codeSpace) };
  }
  return { result, variablesReference };
}

/** Writes what `placeText` names and gives its new value. */
async function assign(session: Session, program: Program, placeText: string, valueSource: string): Promise<Value> {
  const target = parse(program, placeText);
  const { place } = await evaluate(target, program.environment);
  if (place === undefined) {
    throw new RequestError(
      `"${placeText.trim()}" can't be set; registers, flags, memory such as byte[0x7c00] and chip registers can.`,
    );
  }
  await writePlace(session, program, place, await evaluate(parse(program, valueSource), program.environment));
  return evaluate(target, program.environment);
}

/** @throws RequestError where nothing is known of page tables, or for no address */
async function walk(program: Program, expression: string): Promise<string> {
  const { memory } = program.target;
  if (memory.walk === undefined) throw new RequestError('This machine does not tell of page tables.');
  const { value, place, address } = await evaluate(parse(program, expression), program.environment);
  // Of a place in memory the address is meant, as of a name.
  const at = place?.kind === 'memory' && address !== true ? place.address : value;
  return (await memory.walk(at)).join('\n');
}

function completionItems(program: Program, typed: string, first: boolean): DebugProtocol.CompletionItem[] {
  const wanted = typed.toLowerCase();
  const items: DebugProtocol.CompletionItem[] = [];
  const offer = (label: string, type: DebugProtocol.CompletionItemType, detail?: string, text?: string): void => {
    if (!label.toLowerCase().startsWith(wanted) || items.length >= MOST_COMPLETIONS) return;
    items.push({ label, type, ...(detail === undefined ? {} : { detail }), ...(text === undefined ? {} : { text }) });
  };
  if (first) for (const { label, detail } of CONSOLE_WORDS) offer(label, 'keyword', detail, `${label} `);
  for (const register of program.target.description.registers) {
    offer(register.name, 'variable', register.doc);
    for (const field of register.bits ?? []) {
      if (wanted.includes('.')) offer(`${register.name}.${field.name}`, 'field', field.doc);
      // A flag that has its name alone needs no register.
      else if (program.environment.flag(field.name) !== undefined) offer(field.name, 'field', field.doc);
    }
  }
  for (const symbol of program.symbols.symbols.all())
    offer(symbol.name, symbol.kind === 'code' ? 'function' : 'reference', hex(symbol.address));
  for (const size of SIZES) offer(size, 'keyword', 'what lies at an address', `${size}[`);
  for (const space of program.target.description.spaces) offer(`${space.id}:`, 'keyword', space.title);
  return items;
}

/** `pit`, behind `pit.` its registers, behind `pit.Status_0.` their bit fields. */
async function chipItems(program: Program, typed: string): Promise<DebugProtocol.CompletionItem[]> {
  const wanted = typed.toLowerCase();
  const items: DebugProtocol.CompletionItem[] = [];
  const offer = (label: string, detail: string): void => {
    if (label.toLowerCase().startsWith(wanted) && items.length < MOST_COMPLETIONS)
      items.push({ label, type: 'module', ...(detail === '' ? {} : { detail }) });
  };
  for (const chip of (await program.target.devices?.read()) ?? []) {
    const id = expressionName(chip.id);
    if (!wanted.startsWith(`${id.toLowerCase()}.`)) {
      offer(id, chip.model);
      continue;
    }
    for (const { name, doc, fields } of chip.registers) {
      const register = expressionName(`${chip.id}.${name}`);
      if (!wanted.startsWith(`${register.toLowerCase()}.`)) offer(register, doc);
      else
        for (const field of fields)
          offer(expressionName(`${register}.${field.name}`), field.doc ?? field.meaning ?? '');
    }
  }
  return items;
}

export function evaluateRequests(session: Session): Family {
  return {
    capabilities: {
      supportsEvaluateForHovers: true,
      supportsSetExpression: true,
      supportsCompletionsRequest: true,
      completionTriggerCharacters: ['.', '['],
    },
    handlers: [
      request(
        'evaluate',
        'read',
        evaluateArguments,
        async (args, context) => {
          const program = session.stopped();
          const who = args.context === 'repl' ? WHO.exec(args.expression)?.[1] : undefined;
          if (who !== undefined) {
            const result = await searchAccess(session, context, { expression: who, bytes: undefined, access: 'write' });
            return { result, variablesReference: 0 };
          }
          const walked = args.context === 'repl' ? WALK.exec(args.expression)?.[1] : undefined;
          if (walked !== undefined) return { result: await walk(program, walked), variablesReference: 0 };
          const assignment = args.context === 'repl' ? splitAssignment(args.expression) : undefined;
          const value =
            assignment === undefined
              ? await evaluate(parse(program, args.expression), program.environment)
              : await assign(session, program, assignment.place, assignment.value);
          return present(session, program, value, args.format.hex || args.context === 'clipboard');
        },
        { stopBound: true },
      ),
      request('setExpression', 'write', setExpression, async (args) => {
        const program = session.stopped();
        const value = await assign(session, program, args.expression, args.value);
        const { result, ...rest } = await present(session, program, value, args.format.hex);
        return { value: result, ...rest };
      }),
      request('completions', 'read', completions, async (args) => {
        const program = session.program();
        const end = Math.max(0, session.client.columnsStartAt1 ? args.column - 1 : args.column);
        const typed = /[A-Za-z_.?@$][\w.?@$#~]*$/.exec(args.text.slice(0, end))?.[0] ?? '';
        const start = session.client.columnsStartAt1 ? end - typed.length + 1 : end - typed.length;
        const isFirst = args.text.slice(0, end - typed.length).trim() === '';
        const items = [...completionItems(program, typed, isFirst), ...(await chipItems(program, typed))];
        return { targets: items.map((item) => ({ ...item, start, length: typed.length })) };
      }),
    ],
  };
}
