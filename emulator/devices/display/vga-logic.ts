/**
 * What the Sequencer and the Graphics Controller make of the CPU's bytes, as the numbers of memory/planes (IBM, "VGA XGA
 * Technical Reference Manual", May 1992, section 2: Graphics Controller; FreeVGA, "Accessing Display Memory").
 */
import { everyPlane, type Planes, spreadPlanes } from '../../memory/planes';
import { GRAPHICS_MODE, MEMORY_MODE, type VgaState } from './vga-registers';

/**
 * Functions of the CPU's data D and the latches L (Data Rotate, bits 3 and 4), each as what D, L and both together add:
 * f(D, L) = (D & d) ^ (L & l) ^ (D & L & both).
 */
const FUNCTIONS = [
  { d: -1, l: 0, both: 0 },
  { d: 0, l: 0, both: -1 },
  { d: -1, l: -1, both: -1 },
  { d: -1, l: -1, both: 0 },
] as const;

function setWrite({ graphics }: VgaState, planes: Planes): void {
  const mode = graphics[5] & GRAPHICS_MODE.WRITE;
  const { d, l, both } = FUNCTIONS[(graphics[3] >> 3) & 3];
  const rotate = graphics[3] & 7;
  const bits = everyPlane(graphics[8]);
  const setReset = spreadPlanes(graphics[0]);
  if (mode === 1) planes.setWrite(0, -1, 0, 0, 0, false);
  else if (mode === 3) {
    // Set/Reset through a mask, the CPU's data: where its bit is clear the latch stays.
    planes.setWrite(0, -1, bits & setReset & d, bits & (~l ^ (setReset & both)), rotate, false);
  } else {
    // Mode 2 takes four bits as a colour, and neither rotates them nor puts Set/Reset in their place.
    const replaced = mode === 0 ? spreadPlanes(graphics[1]) : 0;
    const constant = setReset & replaced;
    const keep = (bits & (l ^ (constant & both))) | ~bits;
    planes.setWrite(bits & constant & d, keep, bits & ~replaced & d, bits & ~replaced & both, rotate, mode === 2);
  }
}

/** `row`: where the words of a lane are, by the CPU's address. */
export function setLogic(state: VgaState, planes: Planes, row: (lane: number) => number): void {
  const { graphics, sequencer } = state;
  setWrite(state, planes);
  planes.setRead((graphics[5] & GRAPHICS_MODE.READ_1) !== 0, spreadPlanes(graphics[2]), spreadPlanes(graphics[7]));
  const chain4 = (sequencer[4] & MEMORY_MODE.CHAIN4) !== 0;
  const oddEven = (sequencer[4] & MEMORY_MODE.SEQUENTIAL) === 0;
  for (let lane = 0; lane < 4; lane++) {
    let maps = sequencer[2];
    if (chain4) maps &= 1 << lane;
    else if (oddEven) maps &= lane & 1 ? 0x0a : 0x05;
    let plane = graphics[4] & 3;
    if (chain4) plane = lane;
    else if (graphics[5] & GRAPHICS_MODE.ODD_EVEN) plane = (plane & 2) | (lane & 1);
    planes.setLane(lane, spreadPlanes(maps), row(lane), plane);
  }
}
