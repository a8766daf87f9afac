/** Bits of the keyboard's bytes in the BIOS data area. Source: IBM BIOS Interface Technical Reference, section 3. */

/** 40:17h. */
export const SHIFT = {
  right: 0x01,
  left: 0x02,
  ctrl: 0x04,
  alt: 0x08,
  scroll: 0x10,
  num: 0x20,
  caps: 0x40,
  insert: 0x80,
} as const;
/** 40:18h. */
export const SHIFT2 = {
  leftCtrl: 0x01,
  leftAlt: 0x02,
  sysRequest: 0x04,
  pause: 0x08,
  scroll: 0x10,
  num: 0x20,
  caps: 0x40,
  insert: 0x80,
} as const;
/** 40:96h. */
export const MODE = { e1: 0x01, e0: 0x02, rightCtrl: 0x04, rightAlt: 0x08 } as const;
/** 40:97h. */
export const LIGHTS = { mask: 0x07, acknowledged: 0x10, updating: 0x40 } as const;
