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
const META2 = "https://github.com/facebookresearch/sam2";
const META2_FILES = "https://dl.fbaipublicfiles.com/segment_anything_2/092824/";
const HQ = "https://github.com/SysCV/sam-hq";
const HQ_FILES = "https://huggingface.co/lkeab/hq-sam/resolve/main/";

/** Sizes and hashes are those that several independent public users of the files state. */
export const PUBLIC_MODELS: readonly PublicModel[] = [
  checkpoint("sam-vit-b", "Segment Anything, ViT-B", "sam", META, META_FILES, {
    name: "sam_vit_b_01ec64.pth",
    bytes: 375042383,
    sha256: "ec2df62732614e57411cdcf32a23ffdf28910380d03139ee0f4fcbe91eb8c912",
  }),
  checkpoint("sam-vit-l", "Segment Anything, ViT-L", "sam", META, META_FILES, {
    name: "sam_vit_l_0b3195.pth",
    bytes: 1249524607,
    sha256: "3adcc4315b642a4d2101128f611684e8734c41232a17c648ed1693702a49a622",
  }),
  checkpoint("sam-vit-h", "Segment Anything, ViT-H", "sam", META, META_FILES, {
    name: "sam_vit_h_4b8939.pth",
    bytes: 2564550879,
    sha256: "a7bf3b02f3ebf1267aba913ff637d9a2d5c33d3173bb679e46d9f338c26f262e",
  }),
  checkpoint(
    "mobile-sam",
    "MobileSAM",
    "sam",
    "https://github.com/ChaoningZhang/MobileSAM",
    "https://github.com/ChaoningZhang/MobileSAM/raw/master/weights/",
    {
      name: "mobile_sam.pt",
      bytes: 40728226,
      sha256: "6dbb90523a35330fedd7f1d3dfc66f995213d81b29a5ca8108dbcdd4e37d6c2f",
    },
  ),
  checkpoint("sam2.1-hiera-tiny", "SAM 2.1, Hiera tiny", "sam2", META2, META2_FILES, {
    name: "sam2.1_hiera_tiny.pt",
    bytes: 156008466,
    sha256: "7402e0d864fa82708a20fbd15bc84245c2f26dff0eb43a4b5b93452deb34be69",
  }),
  checkpoint("sam2.1-hiera-small", "SAM 2.1, Hiera small", "sam2", META2, META2_FILES, {
    name: "sam2.1_hiera_small.pt",
    sha256: "6d1aa6f30de5c92224f8172114de081d104bbd23dd9dc5c58996f0cad5dc4d38",
  }),
  checkpoint("sam2.1-hiera-base-plus", "SAM 2.1, Hiera base plus", "sam2", META2, META2_FILES, {
    name: "sam2.1_hiera_base_plus.pt",
    bytes: 323606802,
    sha256: "a2345aede8715ab1d5d31b4a509fb160c5a4af1970f199d9054ccfb746c004c5",
  }),
  checkpoint("sam2.1-hiera-large", "SAM 2.1, Hiera large", "sam2", META2, META2_FILES, {
    name: "sam2.1_hiera_large.pt",
    bytes: 898083611,
    sha256: "2647878d5dfa5098f2f8649825738a9345572bae2d4350a2468587ece47dd318",
  }),
  checkpoint("sam-hq-vit-b", "HQ-SAM, ViT-B", "sam-hq", HQ, HQ_FILES, { name: "sam_hq_vit_b.pth" }),
  checkpoint("sam-hq-vit-l", "HQ-SAM, ViT-L", "sam-hq", HQ, HQ_FILES, { name: "sam_hq_vit_l.pth" }),
  checkpoint("sam-hq-vit-h", "HQ-SAM, ViT-H", "sam-hq", HQ, HQ_FILES, { name: "sam_hq_vit_h.pth" }),
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
  file: PublishedFile,
): PublicModel {
  return { id, name, family, licence: "Apache-2.0", page, kind: "checkpoint", source, files: [file] };
}
