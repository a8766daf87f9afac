/** Log messages: text with `{expression}` in it. */
import type { Environment, Value } from '../expressions/evaluator';
import { evaluate, evaluateNow } from '../expressions/evaluator';
import type { Expression } from '../expressions/parser';
import { parseExpression } from '../expressions/parser';
import { valueText } from '../value-text';

export type LogPart = { readonly text: string } | { readonly expression: Expression; readonly hex: boolean };

/** `\{` stands for a brace. @throws ExpressionError in an expression */
export function parseLogMessage(text: string, environment: Environment): readonly LogPart[] {
  const parts: LogPart[] = [];
  let at = 0;
  let plain = '';
  while (at < text.length) {
    const character = text.charAt(at);
    if (character === '\\' && /[{}\\]/.test(text.charAt(at + 1))) {
      plain += text.charAt(at + 1);
      at += 2;
      continue;
    }
    const end = character === '{' ? text.indexOf('}', at) : -1;
    if (end < 0) {
      plain += character;
      at++;
      continue;
    }
    if (plain !== '') parts.push({ text: plain });
    plain = '';
    parts.push({
      expression: parseExpression(text.slice(at + 1, end), (name) => environment.space(name) !== undefined),
      hex: false,
    });
    at = end + 1;
  }
  if (plain !== '') parts.push({ text: plain });
  return parts;
}

const show = (value: Value): string => valueText(value, false);

const problem = (error: unknown): string => `<${error instanceof Error ? error.message : String(error)}>`;

/** The message, without waiting. @throws NotSynchronousError */
export function logTextNow(
  parts: readonly LogPart[],
  environment: Environment,
  later: (error: unknown) => boolean,
): string {
  let text = '';
  for (const part of parts) {
    if ('text' in part) {
      text += part.text;
      continue;
    }
    try {
      text += show(evaluateNow(part.expression, environment));
    } catch (error) {
      if (later(error)) throw error;
      text += problem(error);
    }
  }
  return text;
}

export async function logText(parts: readonly LogPart[], environment: Environment): Promise<string> {
  let text = '';
  for (const part of parts) {
    if ('text' in part) text += part.text;
    else {
      try {
        text += show(await evaluate(part.expression, environment));
      } catch (error) {
        text += problem(error);
      }
    }
  }
  return text;
}
