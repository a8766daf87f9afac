/**
 * Writes the parts of package.json's `contributes` that follow from data kept elsewhere:
 *   languages, grammars, breakpoints, debuggers[stepback].languages   from scripts/contributes/languages.ts
 *   debuggers[stepback].configurationAttributes, configuration        from debug-adapter/protocol/options.ts
 * The latter exports two valibot object schemas: `launchSchema`, whose keys are the attributes of a launch configuration,
 * and `settingsSchema`, whose keys are full names of settings.
 *   tsx scripts/contributes.ts
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { toJsonSchema } from '@valibot/to-json-schema';
import { BREAKPOINT_LANGUAGES, DEBUG_LANGUAGES, OWN_LANGUAGES } from './contributes/languages';
import { inRoot } from './lib/root';

type Json = Readonly<Record<string, unknown>>;
type ObjectSchema = Parameters<typeof toJsonSchema>[0];

export interface OptionSchemas {
  readonly launchSchema: ObjectSchema;
  readonly settingsSchema: ObjectSchema;
}

interface Manifest extends Json {
  readonly contributes?: Json;
}

const MANIFEST = inRoot('package.json');
const OPTIONS = 'debug-adapter/protocol/options';
const DEBUG_TYPE = 'stepback';

/** The schemas, or undefined while their module does not exist. */
function loadSchemas(): OptionSchemas | undefined {
  if (!existsSync(inRoot(`${OPTIONS}.ts`))) return undefined;
  const loaded = require(inRoot(OPTIONS)) as Partial<OptionSchemas>;
  const { launchSchema, settingsSchema } = loaded;
  if (launchSchema === undefined || settingsSchema === undefined) {
    throw new Error(`${OPTIONS}.ts must export launchSchema and settingsSchema`);
  }
  return { launchSchema, settingsSchema };
}

/** `properties` and `required` of an object schema, as the editor wants them. */
function objectSchema(schema: ObjectSchema): { readonly properties: Json; readonly required: readonly string[] } {
  const { properties, required } = toJsonSchema(schema, { typeMode: 'input' });
  if (properties === undefined) throw new Error('the options schema is not an object schema');
  return { properties, required: required ?? [] };
}

/** The `contributes` block with its generated parts renewed; everything else stays as it is. */
export function renewContributes(contributes: Json, schemas: OptionSchemas | undefined): Json {
  const debuggers = (contributes.debuggers ?? [{ type: DEBUG_TYPE, label: 'Stepback' }]) as readonly Json[];
  const launch = schemas && objectSchema(schemas.launchSchema);
  return {
    ...contributes,
    languages: OWN_LANGUAGES.map(({ id, name, extensions }) => ({
      id,
      aliases: [name],
      extensions,
      configuration: './syntaxes/language-configuration.json',
    })),
    grammars: OWN_LANGUAGES.flatMap(({ id, grammar }) =>
      grammar === undefined ? [] : [{ language: id, scopeName: grammar.scope, path: grammar.file }],
    ),
    breakpoints: BREAKPOINT_LANGUAGES.map((language) => ({ language })),
    debuggers: debuggers.map((one) =>
      one.type === DEBUG_TYPE
        ? { ...one, languages: DEBUG_LANGUAGES, ...(launch && { configurationAttributes: { launch } }) }
        : one,
    ),
    ...(schemas && {
      configuration: { title: 'Stepback', properties: objectSchema(schemas.settingsSchema).properties },
    }),
  };
}

const text = (manifest: Json): string => `${JSON.stringify(manifest, undefined, 2)}\n`;

/** Whether package.json is current, what it should hold, and a remark for the reader. */
export function contributesState(): { readonly current: boolean; readonly wanted: string; readonly remark: string } {
  const before = readFileSync(MANIFEST, 'utf8');
  const manifest = JSON.parse(before) as Manifest;
  const schemas = loadSchemas();
  const contributes = renewContributes(manifest.contributes ?? {}, schemas);
  const wanted = text({ ...manifest, contributes });
  const remark =
    schemas === undefined ? `${OPTIONS}.ts does not exist: launch attributes and settings are not made` : '';
  return { current: text(manifest) === wanted, wanted, remark };
}

if (require.main === module) {
  const { current, wanted, remark } = contributesState();
  if (remark !== '') console.log(remark);
  if (!current) writeFileSync(MANIFEST, wanted);
  console.log(current ? 'package.json is current' : 'package.json: contributes written');
}
