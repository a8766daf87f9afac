/** The launch options as the JSON schema that package.json contributes. Used at build time only. */
import { toJsonSchema } from '@valibot/to-json-schema';
import { choicesIn, optionsOf } from './options';

/** Properties of `configurationAttributes.launch` or `.attach`. */
export function configurationProperties(
  request: 'launch' | 'attach',
): Readonly<Record<string, Readonly<Record<string, unknown>>>> {
  const properties: Record<string, Readonly<Record<string, unknown>>> = {};
  for (const option of optionsOf(request)) {
    const schema: Record<string, unknown> = {
      ...toJsonSchema(option.schema, { typeMode: 'input', errorMode: 'ignore' }),
    };
    delete schema['$schema'];
    for (const key of ['places', 'placeholder', 'only']) delete schema[key];
    if (option.choices !== undefined) schema['enum'] = choicesIn(option, request);
    properties[option.name] = { ...schema, description: option.description };
  }
  return properties;
}
