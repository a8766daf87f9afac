/** Layout of 32-bit ELF files. Source: System V ABI, chapter 4 (object files) and 5 (program loading); i386 supplement. */

export const ELF_MAGIC = [0x7f, 0x45, 0x4c, 0x46] as const;
export const ELF_HEADER_BYTES = 52;
export const PROGRAM_HEADER_BYTES = 32;

/** `e_ident` bytes and their values. */
export const EI_CLASS = 4;
export const ELFCLASS32 = 1;
export const EI_DATA = 5;
export const ELFDATA2LSB = 1;

/** Offsets in the file header. */
export const E_TYPE = 16;
export const E_MACHINE = 18;
export const E_ENTRY = 24;
export const E_PHOFF = 28;
export const E_PHENTSIZE = 42;
export const E_PHNUM = 44;

export const ET_EXEC = 2;
export const ET_DYN = 3;
export const EM_386 = 3;

/** Offsets in a program header. */
export const P_TYPE = 0;
export const P_OFFSET = 4;
export const P_VADDR = 8;
export const P_PADDR = 12;
export const P_FILESZ = 16;
export const P_MEMSZ = 20;

export const PT_LOAD = 1;
