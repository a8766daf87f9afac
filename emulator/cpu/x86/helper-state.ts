import type { CallRecord } from '../../memory/call-record';
import type { X86Core } from './core';

/** What helpers work on. */
export interface HelperState {
  readonly core: X86Core;
  readonly calls: CallRecord;
}
