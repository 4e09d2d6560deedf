/** How the simulated Photoshop behaves where facts are missing or versions differ; the defaults are the worst case. */
export interface Variants {
  readonly version: string;
  /** getPixels, getSelection of nothing. */
  readonly empty: "throw" | "zero";
  /** getPixels of Bitmap and Multichannel documents. */
  readonly exoticPixels: "throws" | "gives";
  /** Whether pixels can be asked for in a named profile. */
  readonly profiles: "given" | "refused";
  /** Reduced pictures Photoshop keeps; 1 keeps none. */
  readonly cacheLevels: number;
  readonly levelRounding: "ceil" | "floor";
  /** putLayerMask on a layer without a mask; `white` leaves white around what is put with `replace`. */
  readonly putMask: "creates" | "rejects";
  readonly putOutside: "black" | "white";
  /** putLayerMask with replace: false keeps what is around, or not. */
  readonly keepsAround: boolean;
  /** putLayerMask fails on fill layers and in Lab documents. */
  readonly putMaskFails: boolean;
  /** putLayerMask shows at once, or only after redrawDocument. */
  readonly redraws: boolean;
  /** `make` of a mask from the selection: as documented, all white, or an error result. */
  readonly maskFromSelection: "works" | "ignores" | "error";
  readonly backgroundMask: "error" | "converts";
  /** Selecting the channel of all colours by the name that its mode gives it. */
  readonly composite: "named" | "fails";
  /** A rolled back history brings the active layer and channel back as well. */
  readonly rollsBackActive: boolean;
  /** `channels` of a document: those of the colours among them, or the alpha channels alone. */
  readonly channelsListed: "all" | "alpha";
  /** How far `selection.bounds` reach beyond the canvas where the selection touches its border. */
  readonly overhang: number;
  /** Notices: when the first comes, `twice` (and again, late, in other forms), the target's key, the property's form. */
  readonly noticeAfter: number;
  readonly twice: boolean;
  readonly targetKey: "_target" | "null";
  readonly propertyForm: "string" | "object";
  /** What a scope wrote is told after it, up to 60 ms late. */
  readonly leaksOwn: boolean;
  readonly tellsNothing: boolean;
  /** Index of the first count group. */
  readonly countBase: 0 | 1;
  /** Milliseconds that stand for one second of Photoshop's own waiting. */
  readonly second: number;
  /** Opening the own panel from a command: done, refused by an error, or with words as the answer. */
  readonly showPanel: "opens" | "refused" | "words";
  readonly bridge: BridgeVariant;
}

export interface BridgeVariant {
  readonly key: "data" | "message";
  readonly form: "string" | "object";
  readonly envelope: boolean;
  readonly source: "element" | "null";
  readonly origin: string;
  /** One of n messages is lost, scattered; 0: none. */
  readonly lostEvery: number;
  /** Messages longer than this are lost. */
  readonly longest: number;
  /** Throughput; 0 is none to speak of. */
  readonly bytesPerSecond: number;
}

export const WORST: Variants = {
  version: "26.0.0",
  empty: "throw",
  exoticPixels: "throws",
  profiles: "given",
  cacheLevels: 4,
  levelRounding: "ceil",
  putMask: "rejects",
  putOutside: "white",
  keepsAround: true,
  putMaskFails: true,
  redraws: false,
  maskFromSelection: "works",
  backgroundMask: "error",
  composite: "named",
  rollsBackActive: false,
  channelsListed: "all",
  overhang: 5,
  noticeAfter: 1,
  twice: true,
  targetKey: "_target",
  propertyForm: "string",
  leaksOwn: true,
  tellsNothing: false,
  countBase: 0,
  second: 20,
  showPanel: "opens",
  bridge: {
    key: "data",
    form: "string",
    envelope: false,
    source: "element",
    origin: "plugin:/webview/index.html",
    lostEvery: 0,
    longest: 1 << 20,
    bytesPerSecond: 50e6,
  },
};
