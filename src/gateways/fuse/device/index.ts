/** Reading and writing the device of a FUSE mount. */
export { openDevice, type DeviceOptions, type FuseDevice, type Handler } from './device.ts';
