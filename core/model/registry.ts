/** A file of a public model as its publisher has it. */
export interface PublishedFile {
  readonly name: string;
  readonly bytes?: number;
  /** Its size as a page rounds it, where nothing more exact is known. */
  readonly about?: number;
  /** Where one is known; a file without is taken only with a hash that the user gives, or waives. */
  readonly sha256?: string;
}

/** A public model that masksmith can use, once the user has it. Nothing is ever downloaded without being asked for. */
export interface PublicModel {
  readonly id: string;
  readonly name: string;
  readonly family: string;
  /** In words; its SPDX identifier where that is another. */
  readonly licence: string;
  readonly spdx?: string;
  /** Where its publisher tells of it. */
  readonly page: string;
  readonly files: readonly PublishedFile[];
  /**
   * checkpoint: PyTorch weights, huggingface: a folder of transformers, both to be exported by models/export. onnx: graphs
   * that `models add` takes as they are.
   */
  readonly kind: "checkpoint" | "huggingface" | "onnx";
  /** Where its publisher offers the files; only a suggestion, the user names or confirms the source. */
  readonly source?: string;
}

const META = "https://github.com/facebookresearch/segment-anything";
const META_FILES = "https://dl.fbaipublicfiles.com/segment_anything/";
const MOBILE = "https://github.com/ChaoningZhang/MobileSAM";
const HQ = "https://github.com/SysCV/sam-hq";
const HQ_FILES = "https://huggingface.co/lkeab/hq-sam/resolve/main/";

const META_HF = "https://huggingface.co/facebook/";

/** Bytes and SHA-256 of files: as the publishers' own pointers or several independent public users state them. */
const STATED: Readonly<Record<string, readonly [bytes: number, sha256: string]>> = {
  "sam_vit_b_01ec64.pth": [375042383, "ec2df62732614e57411cdcf32a23ffdf28910380d03139ee0f4fcbe91eb8c912"],
  "sam_vit_l_0b3195.pth": [1249524607, "3adcc4315b642a4d2101128f611684e8734c41232a17c648ed1693702a49a622"],
  "sam_vit_h_4b8939.pth": [2564550879, "a7bf3b02f3ebf1267aba913ff637d9a2d5c33d3173bb679e46d9f338c26f262e"],
  "mobile_sam.pt": [40728226, "6dbb90523a35330fedd7f1d3dfc66f995213d81b29a5ca8108dbcdd4e37d6c2f"],
  "sam_hq_vit_b.pth": [379335069, "14a9d662cd6f5a9c2dba6d40ab0058d88d287e4a18fd6fdc6ad5fb1a3fdeaa57"],
  "sam_hq_vit_l.pth": [1254865805, "e1a6c385d62bf005ded91a54d5ec55c985cfc4103ef89c08d90f39f04934c343"],
  "sam_hq_vit_h.pth": [2570940653, "a7ac14a085326d9fa6199c8c698c4f0e7280afdbb974d2c4660ec60877b45e35"],
  "edge_sam_3x_encoder.onnx": [22098300, "719a498cf5b3fe9be9f01ee513e13d3915f9028aa4f23dfd30eaaa0a17143159"],
  "edge_sam_3x_decoder.onnx": [15937006, "83a2174d54571596913dcb7455d021e713623c3dca30a31c8c41ab98c9fb0863"],
};

/** The public models that are known, with publisher, licence and files. */
export const PUBLIC_MODELS: readonly PublicModel[] = [
  checkpoint("sam-vit-b", "Segment Anything, ViT-B", "sam", META, META_FILES, "sam_vit_b_01ec64.pth"),
  checkpoint("sam-vit-l", "Segment Anything, ViT-L", "sam", META, META_FILES, "sam_vit_l_0b3195.pth"),
  checkpoint("sam-vit-h", "Segment Anything, ViT-H", "sam", META, META_FILES, "sam_vit_h_4b8939.pth"),
  checkpoint("mobile-sam", "MobileSAM", "sam", MOBILE, `${MOBILE}/raw/master/weights/`, "mobile_sam.pt"),
  sam2("sam2.1-hiera-tiny", "SAM 2.1, Hiera tiny", 156),
  sam2("sam2.1-hiera-small", "SAM 2.1, Hiera small", 184),
  sam2("sam2.1-hiera-base-plus", "SAM 2.1, Hiera base plus", 324),
  sam2("sam2.1-hiera-large", "SAM 2.1, Hiera large", 898),
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
    files: [
      {
        name: "vision_encoder.onnx",
        about: 23.3e6,
        sha256: "9f8433273a6750b587779baa0cf5508111001bf7e7acfcf585d370139fd366d0",
      },
      { name: "prompt_encoder_mask_decoder.onnx", about: 16.6e6 },
    ],
  },
  {
    id: "edge-sam-3x",
    name: "EdgeSAM 3x",
    family: "sam",
    licence: "NTU S-Lab License 1.0, not for commercial use",
    spdx: "LicenseRef-NTU-S-Lab-1.0",
    page: "https://github.com/chongzhou96/EdgeSAM",
    kind: "onnx",
    source: "https://huggingface.co/spaces/chongzhou/EdgeSAM/resolve/main/weights/",
    files: [stated("edge_sam_3x_encoder.onnx"), stated("edge_sam_3x_decoder.onnx")],
  },
];

function checkpoint(id: string, name: string, family: string, page: string, source: string, file: string): PublicModel {
  return { id, name, family, licence: "Apache-2.0", page, kind: "checkpoint", source, files: [stated(file)] };
}

/** Meta's folders for transformers. @param megabytes of its weights, as the page rounds them. */
function sam2(id: string, name: string, megabytes: number): PublicModel {
  const page = `${META_HF}${id}`;
  const files = [
    { name: "config.json", about: 5e3 },
    { name: "model.safetensors", about: megabytes * 1e6 },
  ];
  const source = `${page}/resolve/main/`;
  return { id, name, family: "sam2", licence: "Apache-2.0", page, kind: "huggingface", source, files };
}

function stated(name: string): PublishedFile {
  const [bytes, sha256] = STATED[name];
  return { name, bytes, sha256 };
}
