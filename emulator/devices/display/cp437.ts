/**
 * Code page 437 as Unicode code points, index = character code.
 * Source: the Unicode Consortium's mapping CP437.TXT for 20h-7Eh and 80h-FFh, and its IBMGRAPH.TXT for the graphics that a PC
 * draws for 01h-1Fh and 7Fh. Code 00h is drawn blank.
 */
const ROWS: readonly string[] = [
  ' ☺☻♥♦♣♠•◘○◙♂♀♪♫☼',
  '►◄↕‼¶§▬↨↑↓→←∟↔▲▼',
  ' !"#$%&\'()*+,-./',
  '0123456789:;<=>?',
  '@ABCDEFGHIJKLMNO',
  'PQRSTUVWXYZ[\\]^_',
  '`abcdefghijklmno',
  'pqrstuvwxyz{|}~⌂',
  'ÇüéâäàåçêëèïîìÄÅ',
  'ÉæÆôöòûùÿÖÜ¢£¥₧ƒ',
  'áíóúñÑªº¿⌐¬½¼¡«»',
  '░▒▓│┤╡╢╖╕╣║╗╝╜╛┐',
  '└┴┬├─┼╞╟╚╔╩╦╠═╬╧',
  '╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀',
  'αßΓπΣσµτΦΘΩδ∞φε∩',
  '≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0',
];

export const CP437: readonly number[] = ROWS.flatMap((row) => Array.from(row, (char) => char.codePointAt(0) ?? 0));
