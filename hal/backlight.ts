export interface Backlight {
  /** 0 is off, 10 is full; the driver takes the nearest step it has. */
  set(level: number): void;
  /** 1 to 10, for monochrome panels; ignored elsewhere. */
  setContrast(level: number): void;
  close(): Promise<void>;
}
