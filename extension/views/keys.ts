/** Keys for the Send Key menu: those that a browser, the editor or the desktop would take for itself. */

export interface SendableKey {
  readonly label: string;
  readonly description?: string;
  /** `KeyboardEvent.code` names, pressed in this order and released in the other. */
  readonly codes: readonly string[];
}

const CONTROL = 'ControlLeft';
const ALT = 'AltLeft';

const functionKeys = Array.from({ length: 12 }, (_, i): SendableKey => ({ label: `F${i + 1}`, codes: [`F${i + 1}`] }));

export const SENDABLE_KEYS: readonly SendableKey[] = [
  { label: 'Ctrl+Alt+Del', description: 'restarts a PC', codes: [CONTROL, ALT, 'Delete'] },
  { label: 'Esc', codes: ['Escape'] },
  ...functionKeys,
  { label: 'Tab', codes: ['Tab'] },
  { label: 'Ctrl+C', codes: [CONTROL, 'KeyC'] },
  { label: 'Ctrl+W', codes: [CONTROL, 'KeyW'] },
  { label: 'Ctrl+Break', codes: [CONTROL, 'Pause'] },
  { label: 'Pause', codes: ['Pause'] },
  { label: 'Print Screen', codes: ['PrintScreen'] },
  { label: 'Alt+Print Screen', description: 'SysRq', codes: [ALT, 'PrintScreen'] },
  { label: 'Alt+Tab', codes: [ALT, 'Tab'] },
  { label: 'Alt+F4', codes: [ALT, 'F4'] },
  { label: 'Left Windows key', codes: ['MetaLeft'] },
  { label: 'Caps Lock', codes: ['CapsLock'] },
  { label: 'Num Lock', codes: ['NumLock'] },
  { label: 'Scroll Lock', codes: ['ScrollLock'] },
];
