import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import { OWN_LANGUAGES } from '../../scripts/contributes/languages';
import { inRoot } from '../../scripts/lib/root';

interface Rule {
  readonly name?: string;
  readonly match?: string;
  readonly begin?: string;
  readonly end?: string;
  readonly include?: string;
  readonly patterns?: readonly Rule[];
  readonly captures?: Readonly<Record<string, Rule>>;
}

interface Grammar extends Rule {
  readonly scopeName: string;
  readonly repository?: Readonly<Record<string, Rule>>;
}

const GRAMMARS = OWN_LANGUAGES.flatMap(({ grammar }) =>
  grammar === undefined ? [] : [JSON.parse(readFileSync(inRoot(grammar.file), 'utf8')) as Grammar],
);

/** The expression of a rule for JavaScript, which has no `(?i)` inside. */
const expression = (text: string): RegExp =>
  text.startsWith('(?i)') ? new RegExp(text.slice(4), 'gi') : new RegExp(text, 'g');

const inside = (rule: Rule): readonly Rule[] => [
  rule,
  ...(rule.patterns ?? []).flatMap(inside),
  ...Object.values(rule.captures ?? {}).flatMap(inside),
];

const rulesOf = (grammar: Grammar): readonly Rule[] => [
  ...inside(grammar),
  ...Object.values(grammar.repository ?? {}).flatMap(inside),
];

/** Names of the rules whose expression matches exactly `text` somewhere in `line`. */
function namesOf(scope: string, line: string, text: string): readonly string[] {
  const grammar = GRAMMARS.find(({ scopeName }) => scopeName === scope);
  assert.ok(grammar !== undefined);
  return rulesOf(grammar).flatMap(({ name, match }) => {
    if (name === undefined || match === undefined) return [];
    const hit = [...line.matchAll(expression(match))].some(([found]) => found === text);
    return hit ? [name.replace(/\.asm\.\w+$/, '')] : [];
  });
}

describe('grammars', () => {
  for (const grammar of GRAMMARS) {
    it(`${grammar.scopeName}: expressions compile and includes resolve`, () => {
      const scopes = GRAMMARS.map(({ scopeName }) => scopeName);
      for (const { match, begin, end, include } of rulesOf(grammar)) {
        for (const text of [match, begin, end]) if (text !== undefined) expression(text);
        if (include === undefined) continue;
        assert.ok(
          include.startsWith('#') ? include.slice(1) in (grammar.repository ?? {}) : scopes.includes(include),
          include,
        );
      }
    });
  }

  const NASM = 'source.asm.nasm.x86';
  const GAS = 'source.asm.gas.x86';
  const cases: readonly (readonly [string, string, string, string])[] = [
    [NASM, '  mov ax, 0x7c00', 'mov', 'keyword.mnemonic'],
    [NASM, '  mov ax, 0x7c00', 'ax', 'variable.language.register'],
    [NASM, '  mov ax, 0x7c00', '0x7c00', 'constant.numeric.hex'],
    [NASM, '  mov al, 0B8h', '0B8h', 'constant.numeric.hex'],
    [NASM, '  jnz .again', 'jnz', 'keyword.control.flow'],
    [NASM, '  rep movsb', 'rep', 'keyword.control.prefix'],
    [NASM, '  times 510-($-$$) db 0', 'times', 'storage.type'],
    [NASM, 'bits 16 ; real mode', '; real mode', 'comment.line.semicolon'],
    [NASM, '  lgdt [gdt]', 'lgdt', 'keyword.mnemonic'],
    [GAS, '  movw $0x10, %ax', 'movw', 'keyword.mnemonic'],
    [GAS, '  movw $0x10, %ax', '%ax', 'variable.language.register'],
    [GAS, '  movw $0x10, %ax', '$0x10', 'constant.numeric.immediate'],
    [GAS, '  ljmpl $8, $1f', 'ljmpl', 'keyword.control.flow'],
    [GAS, '  .asciz "x" # text', '# text', 'comment.line.number-sign'],
    [GAS, '  .asciz "x" # text', '.asciz', 'storage.type'],
  ];
  for (const [scope, line, text, name] of cases) {
    it(`${scope}: ${text} in "${line.trim()}" is ${name}`, () => {
      assert.ok(namesOf(scope, line, text).includes(name), namesOf(scope, line, text).join(', '));
    });
  }
});
