/**
 * Names of partition types. Sources: Linux's fdisk(8) list of MBR types as its help prints it; UEFI Specification 2.10,
 * section 5.3.3; Discoverable Partitions Specification; Microsoft's PARTITION_INFORMATION_GPT.
 */

const MBR_TYPES: Readonly<Record<number, string>> = {
  0x01: 'FAT12',
  0x04: 'FAT16 <32M',
  0x05: 'Extended',
  0x06: 'FAT16',
  0x07: 'HPFS/NTFS/exFAT',
  0x0b: 'W95 FAT32',
  0x0c: 'W95 FAT32 (LBA)',
  0x0e: 'W95 FAT16 (LBA)',
  0x0f: "W95 Ext'd (LBA)",
  0x11: 'Hidden FAT12',
  0x12: 'Compaq diagnostics',
  0x14: 'Hidden FAT16 <32M',
  0x16: 'Hidden FAT16',
  0x17: 'Hidden HPFS/NTFS',
  0x1b: 'Hidden W95 FAT32',
  0x1c: 'Hidden W95 FAT32 (LBA)',
  0x1e: 'Hidden W95 FAT16 (LBA)',
  0x39: 'Plan 9',
  0x42: 'SFS',
  0x4d: 'QNX4.x',
  0x63: 'GNU HURD or SysV',
  0x65: 'Novell Netware 386',
  0x80: 'Old Minix',
  0x81: 'Minix / old Linux',
  0x82: 'Linux swap / Solaris',
  0x83: 'Linux',
  0x85: 'Linux extended',
  0x8e: 'Linux LVM',
  0xa5: 'FreeBSD',
  0xa6: 'OpenBSD',
  0xa8: 'Darwin UFS',
  0xa9: 'NetBSD',
  0xaf: 'HFS / HFS+',
  0xbe: 'Solaris boot',
  0xbf: 'Solaris',
  0xeb: 'BeOS fs',
  0xee: 'GPT',
  0xef: 'EFI (FAT-12/16/32)',
  0xfb: 'VMware VMFS',
  0xfc: 'VMware VMKCORE',
  0xfd: 'Linux raid autodetect',
};

const GPT_TYPES: Readonly<Record<string, string>> = {
  '024DEE41-33E7-11D3-9D69-0008C781F39F': 'MBR partition scheme',
  'C12A7328-F81F-11D2-BA4B-00A0C93EC93B': 'EFI System',
  '21686148-6449-6E6F-744E-656564454649': 'BIOS boot',
  'E3C9E316-0B5C-4DB8-817D-F92DF00215AE': 'Microsoft reserved',
  'EBD0A0A2-B9E5-4433-87C0-68B6B72699C7': 'Microsoft basic data',
  '0FC63DAF-8483-4772-8E79-3D69D8477DE4': 'Linux filesystem',
  '0657FD6D-A4AB-43C4-84E5-0933C84B4F4F': 'Linux swap',
  '4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709': 'Linux root (x86-64)',
  'BC13C2FF-59E6-4262-A352-B275FD6F7172': 'Linux extended boot',
  'E6D6D379-F507-44C2-A23C-238F2A3DF928': 'Linux LVM',
  '516E7CB4-6ECF-11D6-8FF8-00022D09712B': 'FreeBSD data',
  '48465300-0000-11AA-AA11-00306543ECAC': 'Apple HFS/HFS+',
};

/** Of the type byte of a master boot record. */
export const partitionTypeName = (type: number): string => MBR_TYPES[type] ?? 'unknown';

/** Of the type GUID of a GUID partition table, or the GUID itself. */
export const gptTypeName = (type: string): string => GPT_TYPES[type] ?? type;
