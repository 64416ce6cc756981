/** The same kernel, compiled for engines that have relaxed SIMD (`kernel.json` sets RELAXED). */
export {multiply1, multiply2, multiply3, multiply4} from '../erasure/index.as';
