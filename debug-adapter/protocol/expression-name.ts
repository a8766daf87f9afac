/** Names of chips, registers and bit fields as they stand in expressions: `dma_pages.Channel_0`, `pit.Status_0.NULL_COUNT`. */

/** A path with what an expression would take for an operator replaced by `_`. */
export const expressionName = (path: string): string => path.replaceAll(/[^\w.]/g, '_');
