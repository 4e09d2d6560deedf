/** Photoshop's scripting interface as far as the plugin uses it; after Adobe's reference for 26.0. */
export interface Descriptor {
  readonly _obj?: string;
  readonly [key: string]: unknown;
}

export interface PsBounds {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export interface PsLayer {
  readonly id: number;
  readonly name: string;
  readonly kind: string;
  readonly isBackgroundLayer?: boolean;
  readonly locked?: boolean;
  readonly allLocked?: boolean;
  readonly layers?: readonly PsLayer[];
  readonly bounds?: PsBounds;
}

export interface PsChannel {
  readonly name: string;
}

export interface PsPoint {
  readonly x: number;
  readonly y: number;
}

export interface PsDocument {
  readonly id: number;
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly mode: string;
  readonly bitsPerChannel?: string;
  readonly quickMaskMode?: boolean;
  readonly activeLayers: readonly PsLayer[];
  readonly layers: readonly PsLayer[];
  readonly channels: readonly PsChannel[];
  /** Throws while a layer's mask is active. */
  activeChannels?: readonly PsChannel[] | null;
  readonly componentChannels?: readonly PsChannel[];
  readonly activeHistoryState?: { readonly id: number };
  /** From the oldest that is kept to the newest; those undone are among them. */
  readonly historyStates?: Iterable<{ readonly id: number }>;
  /** `kind` of the work path: "workPathIndex". */
  readonly pathItems?: Iterable<{ readonly name: string; readonly kind?: string }>;
  readonly selection: {
    readonly bounds: PsBounds | null;
  };
  readonly countItems?: { getAll(): readonly { readonly groupIndex: number; readonly position: PsPoint }[] };
  readonly colorSamplers?: Iterable<{ readonly position: PsPoint }>;
}

export interface PsImageData {
  readonly width: number;
  readonly height: number;
  readonly components: number;
  readonly componentSize: number;
  getData(options: { chunky?: boolean; fullRange?: boolean }): Promise<Uint8Array | Uint16Array | Float32Array>;
  dispose(): unknown;
}

export interface PixelsAnswer {
  readonly imageData: PsImageData;
  readonly sourceBounds: PsBounds | { left: number; top: number; width: number; height: number };
  readonly level?: number;
}

export interface Imaging {
  getPixels(options: Record<string, unknown>): Promise<PixelsAnswer>;
  getSelection(options: Record<string, unknown>): Promise<PixelsAnswer>;
  getLayerMask(options: Record<string, unknown>): Promise<PixelsAnswer>;
  putSelection(options: Record<string, unknown>): Promise<unknown>;
  putLayerMask(options: Record<string, unknown>): Promise<unknown>;
  putPixels(options: Record<string, unknown>): Promise<unknown>;
  createImageDataFromBuffer(data: Uint8Array, options: Record<string, unknown>): Promise<PsImageData>;
}

export interface ModalContext {
  readonly isCancelled: boolean;
  onCancel?: (() => void) | undefined;
  reportProgress(progress: { value: number; commandName?: string }): void;
  readonly hostControl: {
    suspendHistory(options: { documentID: number; name: string }): Promise<HistorySuspension>;
    resumeHistory(suspension: HistorySuspension, commit?: boolean): Promise<void>;
  };
}

export interface HistorySuspension {
  finalName?: string;
}

export interface Photoshop {
  readonly app: {
    readonly activeDocument: PsDocument | null;
    readonly documents: Iterable<PsDocument>;
    readonly version?: string;
    readonly currentTool?: { readonly id: string };
  };
  readonly core: {
    executeAsModal<T>(
      work: (context: ModalContext) => Promise<T>,
      options: { commandName: string; timeOut?: number },
    ): Promise<T>;
    showAlert?(options: { message: string }): Promise<unknown>;
    redrawDocument?(options: { documentID: number }): Promise<unknown>;
  };
  readonly action: {
    batchPlay(commands: readonly Descriptor[], options: Record<string, unknown>): Promise<readonly Descriptor[]>;
    addNotificationListener(
      events: readonly string[],
      listener: (event: string, descriptor: Descriptor) => void,
    ): Promise<void>;
  };
  readonly imaging: Imaging;
}

export interface UxpFile {
  readonly name: string;
  read(options?: { format?: unknown }): Promise<string | ArrayBuffer>;
  write(data: string | ArrayBufferLike, options?: { format?: unknown }): Promise<unknown>;
}

/** A file as its folder lists it. */
export interface UxpFileEntry extends UxpFile {
  readonly isFile: true;
  getMetadata(): Promise<{ readonly size: number }>;
  copyTo(folder: UxpFolder, options: { overwrite: boolean }): Promise<unknown>;
}

export interface UxpFolder {
  readonly isFolder: true;
  getEntries(): Promise<readonly (UxpFileEntry | { readonly isFile: false })[]>;
  getEntry(name: string): Promise<UxpFile>;
  createFile(name: string, options: { overwrite: boolean }): Promise<UxpFile>;
}

/** UXP's `fs`: by path, of the plugin's own folders only. */
export interface UxpFs {
  open(path: string, flag: "r"): Promise<number>;
  /** @param position in the file, from 0. */
  read(
    file: number,
    buffer: ArrayBuffer,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ readonly bytesRead: number }>;
  close(file: number): Promise<unknown>;
  unlink(path: string): Promise<unknown>;
}

export interface Uxp {
  readonly entrypoints: {
    setup(entries: Record<string, unknown>): void;
    getPanel?(id: string): { readonly menuItems?: { getItem(id: string): { checked: boolean } | null | undefined } };
  };
  readonly storage: {
    readonly localFileSystem: {
      getDataFolder(): Promise<UxpFolder>;
      getTemporaryFolder(): Promise<UxpFolder>;
      getFolder(): Promise<UxpFolder | null>;
      getFileForSaving(name: string, options: { types: readonly string[] }): Promise<UxpFile | null>;
      /** Good beyond the plugin's end, as long as the user lets it. */
      createPersistentToken(entry: UxpFolder): Promise<string>;
      /** Rejects a token that is none; the entry itself need not be there any more. */
      getEntryForPersistentToken(token: string): Promise<UxpFolder | { readonly isFolder: false }>;
    };
    readonly formats: { readonly binary: unknown; readonly utf8: unknown };
  };
  readonly versions?: { readonly uxp?: string; readonly plugin?: string };
  readonly host?: { readonly version?: string; readonly name?: string };
  readonly pluginManager?: {
    readonly plugins: Iterable<{ readonly id: string; showPanel?(id: string): Promise<unknown> }>;
  };
}
