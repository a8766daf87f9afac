/** Hovers, expressions and inline values in assembler sources, for VS Code. */
import * as vscode from 'vscode';
import type { Sessions } from '../debug/sessions';
import type { Lines } from './assembly';
import { evaluatableAt, namedRegisters } from './evaluatable';
import { hoverAt, type LiveValue } from './hover-text';
import { ASSEMBLY } from './ids';

const linesOf = (document: vscode.TextDocument): Lines => ({
  lineCount: document.lineCount,
  text: (line) => document.lineAt(line).text,
});

const evaluate = async (sessions: Sessions, expression: string): Promise<string | undefined> =>
  sessions.active?.evaluate(expression);

async function valueOf(sessions: Sessions, { label, expressions }: LiveValue): Promise<string | undefined> {
  const values = await Promise.all(expressions.map((one) => evaluate(sessions, one)));
  return values.includes(undefined) ? undefined : `${label} = ${values.join(':')}`;
}

class AssemblyProviders
  implements vscode.HoverProvider, vscode.EvaluatableExpressionProvider, vscode.InlineValuesProvider
{
  constructor(readonly sessions: Sessions) {}

  async provideHover(document: vscode.TextDocument, at: vscode.Position): Promise<vscode.Hover | undefined> {
    const hovered = hoverAt(linesOf(document), at.line, at.character);
    if (hovered === undefined) return undefined;
    const values =
      this.sessions.active?.isRunning === false
        ? await Promise.all(hovered.live.map((value) => valueOf(this.sessions, value)))
        : [];
    const known = values.filter((value) => value !== undefined);
    const text = [...hovered.text, ...(known.length === 0 ? [] : [`Now \`${known.join('`, `')}\``])];
    const { start, end } = hovered.word;
    return new vscode.Hover(
      text.map((part) => new vscode.MarkdownString(part)),
      new vscode.Range(at.line, start, at.line, end),
    );
  }

  provideEvaluatableExpression(
    document: vscode.TextDocument,
    at: vscode.Position,
  ): vscode.EvaluatableExpression | undefined {
    const found = evaluatableAt(linesOf(document), at.line, at.character);
    if (found === undefined) return undefined;
    return new vscode.EvaluatableExpression(
      new vscode.Range(at.line, found.start, at.line, found.end),
      found.expression,
    );
  }

  async provideInlineValues(
    document: vscode.TextDocument,
    view: vscode.Range,
    { stoppedLocation }: vscode.InlineValueContext,
  ): Promise<vscode.InlineValue[]> {
    const named = namedRegisters(linesOf(document), stoppedLocation.start.line, view.start.line);
    const values = await Promise.all(named.map(({ expression }) => evaluate(this.sessions, expression)));
    return named.flatMap(({ line, start, end, expression }, index) => {
      const value = values[index];
      return value === undefined
        ? []
        : [new vscode.InlineValueText(new vscode.Range(line, start, line, end), `${expression} = ${value}`)];
    });
  }
}

export function registerAssemblyProviders(sessions: Sessions): vscode.Disposable {
  const providers = new AssemblyProviders(sessions);
  const selector = [...ASSEMBLY];
  return vscode.Disposable.from(
    vscode.languages.registerHoverProvider(selector, providers),
    vscode.languages.registerEvaluatableExpressionProvider(selector, providers),
    vscode.languages.registerInlineValuesProvider(selector, providers),
  );
}
