/** A file of a public model as its publisher has it. */
export interface PublishedFile {
  readonly name: string;
  readonly bytes?: number;
  /** Where one is known; a file without is taken only with a hash that the user gives, or waives. */
  readonly sha256?: string;
}

/** A public model that masksmith can use, once the user has it. Nothing is ever downloaded without being asked for. */
export interface PublicModel {
  readonly id: string;
  readonly name: string;
  readonly family: "sam" | "sam2" | "sam-hq";
  readonly licence: string;
  /** Where its publisher tells of it. */
  readonly page: string;
  readonly files: readonly PublishedFile[];
  /** checkpoint: PyTorch weights, to be exported by models/export. onnx: graphs that `models add` takes as they are. */
  readonly kind: "checkpoint" | "onnx";
  /** Where its publisher offers the files; only a suggestion, the user names or confirms the source. */
  readonly source?: string;
}

const META = "https://github.com/facebookresearch/segment-anything";
const META_FILES = "https://dl.fbaipublicfiles.com/segment_anything/";
const MOBILE = "https://github.com/ChaoningZhang/MobileSAM";
const META2 = "https://github.com/facebookresearch/sam2";
const META2_FILES = "https://dl.fbaipublicfiles.com/segment_anything_2/092824/";
const HQ = "https://github.com/SysCV/sam-hq";
const HQ_FILES = "https://huggingface.co/lkeab/hq-sam/resolve/main/";

/** Bytes (where known) and SHA-256 of checkpoints: those that several independent public users of the files state. */
const STATED: Readonly<Record<string, readonly [bytes: number | undefined, sha256: string]>> = {
  "sam_vit_b_01ec64.pth": [375042383, "ec2df62732614e57411cdcf32a23ffdf28910380d03139ee0f4fcbe91eb8c912"],
  "sam_vit_l_0b3195.pth": [1249524607, "3adcc4315b642a4d2101128f611684e8734c41232a17c648ed1693702a49a622"],
  "sam_vit_h_4b8939.pth": [2564550879, "a7bf3b02f3ebf1267aba913ff637d9a2d5c33d3173bb679e46d9f338c26f262e"],
  "mobile_sam.pt": [40728226, "6dbb90523a35330fedd7f1d3dfc66f995213d81b29a5ca8108dbcdd4e37d6c2f"],
  "sam2.1_hiera_tiny.pt": [156008466, "7402e0d864fa82708a20fbd15bc84245c2f26dff0eb43a4b5b93452deb34be69"],
  "sam2.1_hiera_small.pt": [undefined, "6d1aa6f30de5c92224f8172114de081d104bbd23dd9dc5c58996f0cad5dc4d38"],
  "sam2.1_hiera_base_plus.pt": [323606802, "a2345aede8715ab1d5d31b4a509fb160c5a4af1970f199d9054ccfb746c004c5"],
  "sam2.1_hiera_large.pt": [898083611, "2647878d5dfa5098f2f8649825738a9345572bae2d4350a2468587ece47dd318"],
};

export const PUBLIC_MODELS: readonly PublicModel[] = [
  checkpoint("sam-vit-b", "Segment Anything, ViT-B", "sam", META, META_FILES, "sam_vit_b_01ec64.pth"),
  checkpoint("sam-vit-l", "Segment Anything, ViT-L", "sam", META, META_FILES, "sam_vit_l_0b3195.pth"),
  checkpoint("sam-vit-h", "Segment Anything, ViT-H", "sam", META, META_FILES, "sam_vit_h_4b8939.pth"),
  checkpoint("mobile-sam", "MobileSAM", "sam", MOBILE, `${MOBILE}/raw/master/weights/`, "mobile_sam.pt"),
  checkpoint("sam2.1-hiera-tiny", "SAM 2.1, Hiera tiny", "sam2", META2, META2_FILES, "sam2.1_hiera_tiny.pt"),
  checkpoint("sam2.1-hiera-small", "SAM 2.1, Hiera small", "sam2", META2, META2_FILES, "sam2.1_hiera_small.pt"),
  checkpoint(
    "sam2.1-hiera-base-plus",
    "SAM 2.1, Hiera base plus",
    "sam2",
    META2,
    META2_FILES,
    "sam2.1_hiera_base_plus.pt",
  ),
  checkpoint("sam2.1-hiera-large", "SAM 2.1, Hiera large", "sam2", META2, META2_FILES, "sam2.1_hiera_large.pt"),
  checkpoint("sam-hq-vit-b", "HQ-SAM, ViT-B", "sam-hq", HQ, HQ_FILES, "sam_hq_vit_b.pth"),
  checkpoint("sam-hq-vit-l", "HQ-SAM, ViT-L", "sam-hq", HQ, HQ_FILES, "sam_hq_vit_l.pth"),
  checkpoint("sam-hq-vit-h", "HQ-SAM, ViT-H", "sam-hq", HQ, HQ_FILES, "sam_hq_vit_h.pth"),
  {
    id: "slimsam-77",
    name: "SlimSAM 77, as transformers.js has it (points only)",
    family: "sam",
    licence: "Apache-2.0",
    page: "https://huggingface.co/Xenova/slimsam-77-uniform",
    kind: "onnx",
    source: "https://huggingface.co/Xenova/slimsam-77-uniform/resolve/main/onnx/",
    files: [{ name: "vision_encoder.onnx" }, { name: "prompt_encoder_mask_decoder.onnx" }],
  },
  {
    id: "edge-sam-3x",
    name: "EdgeSAM 3x",
    family: "sam",
    licence: "NTU S-Lab License 1.0",
    page: "https://github.com/chongzhou96/EdgeSAM",
    kind: "onnx",
    source: "https://huggingface.co/spaces/chongzhou/EdgeSAM/resolve/main/weights/",
    files: [{ name: "edge_sam_3x_encoder.onnx" }, { name: "edge_sam_3x_decoder.onnx" }],
  },
];

function checkpoint(
  id: string,
  name: string,
  family: PublicModel["family"],
  page: string,
  source: string,
  file: string,
): PublicModel {
  const [bytes, sha256] = STATED[file] ?? [];
  const files = [{ name: file, ...(bytes ? { bytes } : {}), ...(sha256 ? { sha256 } : {}) }];
  return { id, name, family, licence: "Apache-2.0", page, kind: "checkpoint", source, files };
}
