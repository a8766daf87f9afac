/** How every random program begins. */

/** Lines of a boot sector that read so many further sectors. */
export const readSectors = (sectors: number): readonly string[] => [
  'org 0x7c00',
  'bits 16',
  'cli',
  'xor ax, ax',
  'mov ds, ax',
  'mov es, ax',
  'mov ss, ax',
  'mov sp, 0x7c00',
  // The rest of the image.
  `mov ax, 0x02${sectors.toString(16).padStart(2, '0')}`,
  'mov bx, 0x7e00',
  'mov cx, 2',
  'mov dx, 0',
  'int 0x13',
];

/** The same, and go on at a label in protected mode, with tables at `gdtr` and `idtr`. */
export const toProtectedMode = (sectors: number, label: string): readonly string[] => [
  ...readSectors(sectors),
  'lgdt [gdtr]',
  'lidt [idtr]',
  'mov eax, cr0',
  'or al, 1',
  'mov cr0, eax',
  `jmp 8:${label}`,
];
