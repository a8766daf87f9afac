/** The Machine view: chips, their registers, and the bit fields of each with what they mean. */
import * as vscode from 'vscode';
import type { ChipFieldMessage, ChipMessage, ChipRegisterMessage } from '../../debug-adapter/protocol/messages';
import { expressionName } from '../../debug-adapter/protocol/expression-name';
import type { StepbackSession } from '../debug/session';
import type { Sessions } from '../debug/sessions';
import { MACHINE_ITEMS, VIEWS } from '../ids';
import type { Log } from '../log';
import { hexText, parseValue } from './text';

export type MachineNode =
  | { readonly kind: 'chip'; readonly chip: ChipMessage }
  | { readonly kind: 'register'; readonly chip: ChipMessage; readonly register: ChipRegisterMessage }
  | {
      readonly kind: 'field';
      readonly chip: ChipMessage;
      readonly register: ChipRegisterMessage;
      readonly field: ChipFieldMessage;
    }
  | { readonly kind: 'note'; readonly chip: ChipMessage; readonly index: number };

type ValueNode = Extract<MachineNode, { readonly kind: 'register' | 'field' }>;

const CHANGED_ICON = new vscode.ThemeIcon('circle-filled', new vscode.ThemeColor('charts.yellow'));
const CHIP_ICON = new vscode.ThemeIcon('circuit-board');
const NOTE_ICON = new vscode.ThemeIcon('info');

/** One name for one thing through all stops, so that the tree stays open where it was. */
function idOf(node: MachineNode): string {
  switch (node.kind) {
    case 'chip':
      return node.chip.id;
    case 'register':
      return `${node.chip.id}/${node.register.name}`;
    case 'field':
      return `${node.chip.id}/${node.register.name}/${node.field.name}@${node.field.lsb}`;
    case 'note':
      return `${node.chip.id}#${node.index}`;
  }
}

const valueOf = (node: ValueNode): number => (node.kind === 'field' ? node.field.value : node.register.value);
const widthOf = (node: ValueNode): number => (node.kind === 'field' ? node.field.width : node.register.width);

/** A single bit as 0 or 1, anything wider in hexadecimal. */
const valueText = (node: ValueNode): string =>
  widthOf(node) === 1 ? String(valueOf(node)) : hexText(valueOf(node), widthOf(node));

/** `com1.LCR.DLAB`, as the debugger's expressions have it. */
const expressionOf = (node: ValueNode): string =>
  expressionName([node.chip.id, node.register.name, ...(node.kind === 'field' ? [node.field.name] : [])].join('.'));

/** `bits 4 to 7` */
const placeText = ({ lsb, width }: ChipFieldMessage): string =>
  width === 1 ? `bit ${lsb}` : `bits ${lsb} to ${lsb + width - 1}`;

/** Every value of every chip by its id. */
function valuesOf(chips: readonly ChipMessage[]): Map<string, number> {
  const values = new Map<string, number>();
  for (const chip of chips) {
    for (const register of chip.registers) {
      values.set(idOf({ kind: 'register', chip, register }), register.value);
      for (const field of register.fields) values.set(idOf({ kind: 'field', chip, register, field }), field.value);
    }
  }
  return values;
}

export class MachineTree implements vscode.TreeDataProvider<MachineNode>, vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<undefined>();
  readonly #view: vscode.TreeView<MachineNode>;
  readonly #disposables: vscode.Disposable[];
  #session: StepbackSession | undefined;
  #chips: readonly ChipMessage[] = [];
  /** Values at the stop before the one that is shown, to mark what changed. */
  #before: ReadonlyMap<string, number> = new Map();
  #stale = true;
  #reading: Promise<void> | undefined;

  readonly onDidChangeTreeData = this.#changed.event;

  constructor(
    readonly sessions: Sessions,
    readonly log: Log,
  ) {
    this.#view = vscode.window.createTreeView(VIEWS.machine, { treeDataProvider: this, showCollapseAll: true });
    this.#disposables = [
      this.#view,
      this.#changed,
      sessions.onDidChangeActive((session) => this.#show(session)),
      sessions.onDidStop((session) => {
        if (session === this.#session) this.refresh();
      }),
      this.#view.onDidChangeVisibility(({ visible }) => {
        if (visible && this.#stale) this.refresh();
      }),
    ];
  }

  #show(session: StepbackSession | undefined): void {
    if (session === this.#session) return;
    this.#session = session;
    this.#chips = [];
    this.#before = new Map();
    this.refresh();
  }

  /** Reads the chips again, now or when the view is next seen. */
  refresh(): void {
    this.#stale = true;
    if (this.#view.visible) this.#changed.fire(undefined);
  }

  async getChildren(node?: MachineNode): Promise<MachineNode[]> {
    if (node === undefined) {
      await this.#read();
      return this.#chips.map((chip) => ({ kind: 'chip', chip }));
    }
    if (node.kind === 'chip') {
      const { chip } = node;
      return [
        ...chip.notes.map((_, index): MachineNode => ({ kind: 'note', chip, index })),
        ...chip.registers.map((register): MachineNode => ({ kind: 'register', chip, register })),
      ];
    }
    if (node.kind !== 'register') return [];
    return node.register.fields.map((field): MachineNode => ({ ...node, kind: 'field', field }));
  }

  /** Whoever asks while the chips are being read gets what is read. */
  async #read(): Promise<void> {
    const session = this.#session;
    if (this.#stale && session !== undefined && !session.ended) this.#reading = this.#readNow(session);
    await this.#reading;
  }

  async #readNow(session: StepbackSession): Promise<void> {
    this.#stale = false;
    try {
      const { chips, cpu, machine } = await session.request('stepback.machine');
      if (session !== this.#session) return;
      if (this.#chips.length > 0) this.#before = valuesOf(this.#chips);
      this.#chips = chips;
      this.#view.description = `${machine}, ${cpu}`;
    } catch (error) {
      this.#stale = true;
      if (!session.ended) this.log.error('reading the chips', error);
    }
  }

  getTreeItem(node: MachineNode): vscode.TreeItem {
    switch (node.kind) {
      case 'chip':
        return this.#chipItem(node.chip);
      case 'note':
        return { id: idOf(node), label: node.chip.notes[node.index], iconPath: NOTE_ICON };
      case 'register':
        return this.#valueItem(node, node.register.name, node.register.doc, '');
      case 'field':
        return this.#valueItem(
          node,
          node.field.name,
          [placeText(node.field), node.field.doc].filter((part) => part !== undefined).join(': '),
          node.field.meaning ?? '',
        );
    }
  }

  #chipItem(chip: ChipMessage): vscode.TreeItem {
    const item = new vscode.TreeItem(chip.id, vscode.TreeItemCollapsibleState.Collapsed);
    item.id = chip.id;
    item.description = chip.model;
    item.iconPath = chip.registers.some((register) => this.#isChanged({ kind: 'register', chip, register }))
      ? CHANGED_ICON
      : CHIP_ICON;
    item.contextValue = MACHINE_ITEMS.chip;
    return item;
  }

  #valueItem(node: ValueNode, name: string, doc: string, meaning: string): vscode.TreeItem {
    const changed = this.#isChanged(node);
    const text = `${name} = ${valueText(node)}`;
    const label = changed ? { label: text, highlights: [[name.length + 3, text.length] as [number, number]] } : text;
    const hasFields = node.kind === 'register' && node.register.fields.length > 0;
    const { Collapsed, None } = vscode.TreeItemCollapsibleState;
    const item = new vscode.TreeItem(label, hasFields ? Collapsed : None);
    item.id = idOf(node);
    item.description = meaning === '' ? (node.kind === 'register' ? doc : '') : meaning;
    const before = this.#before.get(idOf(node));
    const past = changed && before !== undefined ? `\nbefore: ${hexText(before, widthOf(node))}` : '';
    item.tooltip = `${text}${meaning === '' ? '' : ` (${meaning})`}\n${doc}${past}`;
    if (changed) item.iconPath = CHANGED_ICON;
    item.contextValue = node.register.writable ? MACHINE_ITEMS.writable : MACHINE_ITEMS.readOnly;
    item.accessibilityInformation = { label: `${text} ${meaning} ${changed ? 'changed' : ''}`.trim() };
    return item;
  }

  #isChanged(node: ValueNode): boolean {
    const before = this.#before.get(idOf(node));
    return before !== undefined && before !== valueOf(node);
  }

  async copyValue(node: MachineNode): Promise<void> {
    if (node.kind === 'register' || node.kind === 'field') await vscode.env.clipboard.writeText(valueText(node));
  }

  /** Adds the value to the Watch view. */
  async watchValue(node: MachineNode): Promise<void> {
    if (node.kind !== 'register' && node.kind !== 'field') return;
    // What VS Code's own menu of a variable does; it has no other way in.
    await vscode.commands.executeCommand('debug.addToWatchExpressions', {
      variable: { evaluateName: expressionOf(node) },
    });
  }

  /** Adds a breakpoint that stops where the value changes; it stands in the Breakpoints view. */
  breakOnChange(node: MachineNode): void {
    if (node.kind !== 'register' && node.kind !== 'field') return;
    vscode.debug.addBreakpoints([new vscode.FunctionBreakpoint(`change ${expressionOf(node)}`)]);
  }

  /** Asks for a value and writes it into the chip. @param given stands for the answer, for tests */
  async setValue(node: MachineNode, given?: string): Promise<void> {
    const session = this.#session;
    if (session === undefined || (node.kind !== 'register' && node.kind !== 'field')) return;
    const width = widthOf(node);
    const name = node.kind === 'field' ? `${node.register.name}.${node.field.name}` : node.register.name;
    const answer =
      given ??
      (await vscode.window.showInputBox({
        title: `${node.chip.id}: ${name}`,
        prompt: `A value of ${width} ${width === 1 ? 'bit' : 'bits'}: 5, 0x1F, 1Fh or 101b`,
        value: valueText(node),
        validateInput: (text) =>
          parseValue(text, width) === undefined ? `Not a number of at most ${width} bits.` : undefined,
      }));
    const value = answer === undefined ? undefined : parseValue(answer, width);
    if (value === undefined) return;
    try {
      const field = node.kind === 'field' ? { field: node.field.name } : {};
      await session.request('stepback.writeChip', {
        chip: node.chip.id,
        register: node.register.name,
        ...field,
        value,
      });
    } catch (error) {
      void vscode.window.showErrorMessage(error instanceof Error ? error.message : String(error));
    }
    this.refresh();
  }

  dispose(): void {
    for (const one of this.#disposables) one.dispose();
  }
}
