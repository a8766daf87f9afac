/**
 * Writes `activationEvents` and the parts of package.json's `contributes` that follow from data kept elsewhere:
 *   languages, grammars, breakpoints, debuggers[stepback].languages   from scripts/contributes/languages.ts
 *   debuggers[stepback].configurationAttributes                       from debug-adapter/protocol/options.ts
 *   commands, menus, keybindings, views, configuration and the rest of debuggers[stepback]   from scripts/contributes/
 * and the generated pages of docs/ (scripts/pages.ts), from the same data.
 *   tsx scripts/contributes.ts
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { configurationProperties } from '../debug-adapter/protocol/options-json-schema';
import { DEBUG_TYPE, VIEWS } from '../extension/ids';
import { ASSEMBLY } from '../extension/languages/ids';
import { CONTRIBUTED_COMMANDS, CONTRIBUTED_KEYBINDINGS, CONTRIBUTED_MENUS } from './contributes/commands';
import { CODE_LANGUAGES, OWN_LANGUAGES } from './contributes/languages';
import { CONFIGURATION_SNIPPETS, INITIAL_CONFIGURATIONS } from './contributes/launch';
import { CONTRIBUTED_CONFIGURATION, CONTRIBUTED_DEFAULTS, CONTRIBUTED_VIEWS } from './contributes/views';
import { CONTRIBUTED_WALKTHROUGHS } from './contributes/walkthroughs';
import { inRoot } from './lib/root';
import { writePages } from './pages';

type Json = Readonly<Record<string, unknown>>;

interface Manifest extends Json {
  readonly contributes?: Json;
}

const MANIFEST = inRoot('package.json');

/** Debugging, panels of a window that is loaded again, and sources in which hovers tell of the machine. */
const ACTIVATION_EVENTS = [
  `onDebugResolve:${DEBUG_TYPE}`,
  `onDebugDynamicConfigurations:${DEBUG_TYPE}`,
  `onDebugAdapterProtocolTracker:${DEBUG_TYPE}`,
  `onWebviewPanel:${VIEWS.display}`,
  `onWebviewPanel:${VIEWS.memory}`,
  ...ASSEMBLY.map((language) => `onLanguage:${language}`),
];

/** The `contributes` block with its generated parts renewed; everything else stays as it is. */
export function renewContributes(contributes: Json): Json {
  const debuggers = (contributes.debuggers ?? [{ type: DEBUG_TYPE, label: 'Stepback' }]) as readonly Json[];
  const configurationAttributes = {
    launch: { properties: configurationProperties('launch') },
    attach: { required: ['port'], properties: configurationProperties('attach') },
  };
  return {
    ...contributes,
    languages: OWN_LANGUAGES.map(({ id, name, extensions, mimetypes, configuration }) => ({
      id,
      aliases: [name],
      extensions,
      mimetypes,
      configuration,
    })),
    grammars: OWN_LANGUAGES.flatMap(({ id, grammar }) =>
      grammar === undefined ? [] : [{ language: id, scopeName: grammar.scope, path: grammar.file }],
    ),
    breakpoints: CODE_LANGUAGES.map((language) => ({ language })),
    debuggers: debuggers.map((one) =>
      one.type === DEBUG_TYPE
        ? {
            ...one,
            languages: CODE_LANGUAGES,
            initialConfigurations: INITIAL_CONFIGURATIONS,
            configurationSnippets: CONFIGURATION_SNIPPETS,
            configurationAttributes,
          }
        : one,
    ),
    commands: CONTRIBUTED_COMMANDS,
    menus: CONTRIBUTED_MENUS,
    keybindings: CONTRIBUTED_KEYBINDINGS,
    views: CONTRIBUTED_VIEWS,
    configuration: CONTRIBUTED_CONFIGURATION,
    configurationDefaults: CONTRIBUTED_DEFAULTS,
    walkthroughs: CONTRIBUTED_WALKTHROUGHS,
  };
}

const text = (manifest: Json): string => `${JSON.stringify(manifest, undefined, 2)}\n`;

/** Whether package.json is current, and what it should hold. */
export function contributesState(): { readonly current: boolean; readonly wanted: string } {
  const manifest = JSON.parse(readFileSync(MANIFEST, 'utf8')) as Manifest;
  const contributes = renewContributes(manifest.contributes ?? {});
  const wanted = text({ ...manifest, activationEvents: ACTIVATION_EVENTS, contributes });
  return { current: text(manifest) === wanted, wanted };
}

if (require.main === module) {
  const { current, wanted } = contributesState();
  if (!current) writeFileSync(MANIFEST, wanted);
  console.log(current ? 'package.json is current' : 'package.json: contributes written');
  for (const file of writePages()) console.log(`${file} written`);
}
