/** variables and setVariable. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import * as v from 'valibot';
import type { ChipRegisterView, ChipView, FieldView, RegisterDescription } from '../../emulator/debug/target';
import { RequestError } from '../dap/errors';
import { request } from '../dap/requests';
import { count, formatSchema, int, text } from './arguments';
import { evaluate, type Place } from './expressions/evaluator';
import { expressionName } from '../protocol/expression-name';
import type { Family } from './family';
import { parse, pointsTo } from './locate';
import { writePlace } from './place';
import { hex, hexWidth, type Program } from './program';
import type { Session, VariableNode } from './session';
import { bitsText, flagsSummary } from './value-text';

const variables = v.object({
  variablesReference: int,
  filter: v.optional(v.picklist(['named', 'indexed'], 'expected "named" or "indexed"')),
  start: v.optional(count, 0),
  count: v.optional(count, 0),
  format: formatSchema,
});

const setVariable = v.object({ variablesReference: int, name: text, value: text, format: formatSchema });

/** A row with what setting it means. */
interface Row {
  readonly variable: DebugProtocol.Variable;
  readonly place?: Place;
}

async function registerRow(
  session: Session,
  program: Program,
  register: RegisterDescription,
  value: bigint,
): Promise<Row> {
  const fields = register.bits ?? [];
  const summary = flagsSummary(value, fields);
  const reference = await pointsTo(program, register, value);
  return {
    place: { kind: 'register', name: register.name },
    variable: {
      name: register.name,
      value: `${hexWidth(value, register.width)}${summary === '' ? '' : ` [${summary}]`}`,
      type: register.doc,
      evaluateName: register.name,
      variablesReference: fields.length === 0 ? 0 : session.variables.create({ kind: 'bits', register: register.name }),
      ...(fields.length === 0 ? {} : { namedVariables: fields.length }),
      ...(reference === undefined ? {} : { memoryReference: hex(reference) }),
      ...(register.writable ? {} : { presentationHint: { attributes: ['readOnly'] } }),
    },
  };
}

async function groupRows(session: Session, program: Program, group: string): Promise<Row[]> {
  const registers = program.target.description.registers.filter(
    (register) => register.group === group && register.partOf === undefined,
  );
  const values = await program.target.registers.read(registers.map((register) => register.name));
  const rows: Row[] = [];
  for (const [index, register] of registers.entries()) {
    rows.push(await registerRow(session, program, register, values[index] ?? 0n));
  }
  return rows;
}

async function bitRows(program: Program, name: string): Promise<Row[]> {
  const register = program.target.description.registers.find((candidate) => candidate.name === name);
  const [value = 0n] = await program.target.registers.read([name]);
  return (register?.bits ?? []).map((field) => ({
    place: { kind: 'bits', register: name, lsb: field.lsb, width: field.width ?? 1 },
    variable: {
      name: field.name,
      value: bitsText(value, field),
      type: field.doc ?? '',
      evaluateName: `${name}.${field.name}`,
      variablesReference: 0,
      ...(register?.writable === false || field.access === 'ro'
        ? { presentationHint: { attributes: ['readOnly'] } }
        : {}),
    },
  }));
}

async function readChips(program: Program): Promise<readonly ChipView[]> {
  return (await program.target.devices?.read()) ?? [];
}

async function chipRows(session: Session, program: Program): Promise<Row[]> {
  return (await readChips(program)).map((chip) => ({
    variable: {
      name: chip.id,
      value: [chip.model, ...chip.notes].join('; '),
      variablesReference: session.variables.create({ kind: 'chip', chip: chip.id }),
      namedVariables: chip.registers.length,
    },
  }));
}

function chipRegisterRow(session: Session, chip: ChipView, register: ChipRegisterView): Row {
  const fields = register.fields.length;
  return {
    place: { kind: 'chip', chip: chip.id, register: register.name },
    variable: {
      name: register.name,
      value: hexWidth(BigInt(register.value), register.width),
      type: register.doc,
      evaluateName: expressionName(`${chip.id}.${register.name}`),
      variablesReference:
        fields === 0 ? 0 : session.variables.create({ kind: 'chipRegister', chip: chip.id, register: register.name }),
      ...(fields === 0 ? {} : { namedVariables: fields }),
      ...(register.writable ? {} : { presentationHint: { attributes: ['readOnly'] } }),
    },
  };
}

function chipFieldRow(chip: ChipView, register: ChipRegisterView, field: FieldView): Row {
  return {
    place: {
      kind: 'chip',
      chip: chip.id,
      register: register.name,
      field: { name: field.name, lsb: field.lsb, width: field.width },
    },
    variable: {
      name: field.name,
      value: field.meaning === undefined ? String(field.value) : `${field.value} (${field.meaning})`,
      type: field.doc ?? '',
      evaluateName: expressionName(`${chip.id}.${register.name}.${field.name}`),
      variablesReference: 0,
      ...(register.writable ? {} : { presentationHint: { attributes: ['readOnly'] } }),
    },
  };
}

async function rowsOf(session: Session, program: Program, node: VariableNode): Promise<Row[]> {
  switch (node.kind) {
    case 'group':
      return groupRows(session, program, node.group);
    case 'bits':
      return bitRows(program, node.register);
    case 'machine':
      return chipRows(session, program);
    case 'chip': {
      const chip = (await readChips(program)).find((candidate) => candidate.id === node.chip);
      return chip === undefined ? [] : chip.registers.map((register) => chipRegisterRow(session, chip, register));
    }
    case 'chipRegister': {
      const chip = (await readChips(program)).find((candidate) => candidate.id === node.chip);
      const register = chip?.registers.find((candidate) => candidate.name === node.register);
      if (chip === undefined || register === undefined) return [];
      return register.fields.map((field) => chipFieldRow(chip, register, field));
    }
  }
}

/** What a row of the Variables view stands for; nothing where there is no such row at this stop. */
export async function placeOfVariable(
  session: Session,
  program: Program,
  reference: number,
  name: string,
): Promise<Place | undefined> {
  const node = session.variables.get(reference);
  if (node === undefined) return undefined;
  return (await rowsOf(session, program, node)).find((row) => row.variable.name === name)?.place;
}

export function variableRequests(session: Session): Family {
  const node = (reference: number): VariableNode => {
    const found = session.variables.get(reference);
    if (found === undefined)
      throw new RequestError(`There are no variables ${reference} at this stop; ask for the scopes again.`);
    return found;
  };
  return {
    capabilities: { supportsSetVariable: true, supportsValueFormattingOptions: true },
    handlers: [
      request(
        'variables',
        'read',
        variables,
        async (args) => {
          const program = session.stopped();
          const parent = node(args.variablesReference);
          const rows = args.filter === 'indexed' ? [] : await rowsOf(session, program, parent);
          const end = args.count === 0 ? rows.length : args.start + args.count;
          return { variables: rows.slice(args.start, end).map((row) => row.variable) };
        },
        { stopBound: true },
      ),
      request('setVariable', 'write', setVariable, async (args) => {
        const program = session.stopped();
        const parent = node(args.variablesReference);
        const rows = await rowsOf(session, program, parent);
        const place = rows.find((row) => row.variable.name === args.name)?.place;
        if (place === undefined) throw new RequestError(`There is no "${args.name}" here that can be set.`);
        await writePlace(session, program, place, await evaluate(parse(program, args.value), program.environment));
        const row = (await rowsOf(session, program, parent)).find((candidate) => candidate.variable.name === args.name);
        if (row === undefined) throw new RequestError(`"${args.name}" is gone.`);
        const { value, type, variablesReference, memoryReference } = row.variable;
        return {
          value,
          variablesReference,
          ...(type === undefined ? {} : { type }),
          ...(memoryReference === undefined ? {} : { memoryReference }),
        };
      }),
    ],
  };
}
