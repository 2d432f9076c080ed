// A traced network with its JSON file: names, how a page is prepared, what comes out.
//
// The includes are single headers rather than <torch/script.h>, which takes several times as long
// to compile.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/clamp_min.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/log.h>
#include <ATen/ops/logit.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/upsample_bilinear2d.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/serialization/import.h>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <array>
#include <cfloat>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

// The contents of the JSON next to the file, or of the one inside it.
struct Info {
    std::vector<std::string> classes, page_types;
    std::vector<std::array<int, 3>> palette;  // red, green, blue
    std::string output = "scores";            // or "logits", "pred"
    bool raw = false;                         // the file normalises: uint8 in BGR goes in
    bool align_corners = false, keep_ratio = true, to_rgb = true, known = false;
    bool windows = false, eroded = false;
    bool lines = false;  // there is a line head; the next say how lines are found in its scores
    double mask_thr = 0.3, min_text_score = 0.3, epsilon_ratio = 0.01, unclip_ratio = 1.5;
    double shrink_ratio = 0;  // 0 where lines grow by unclip_ratio
    double threshold = 0.5;
    std::vector<double> scale, mean, std, page_size;  // (width, height); 3; 3; (height, width)
};

inline std::vector<double> numbers(const cv::FileNode& node) {
    std::vector<double> found;
    for (const auto& item : node) found.push_back(item.real());
    return found;
}

inline std::vector<std::string> texts(const cv::FileNode& node) {
    std::vector<std::string> found;
    for (const auto& item : node) found.push_back(item.string());
    return found;
}

inline Info read_info(const cv::FileStorage& json) {
    Info info;
    if (json["format"].string() != "mmseg export 1")
        throw std::runtime_error("the model's JSON is none of an exported network");
    info.classes = texts(json["classes"]);
    info.page_types = texts(json["page_types"]);
    for (const auto& colour : json["palette"])
        info.palette.push_back({int(colour[0]), int(colour[1]), int(colour[2])});
    info.output = json["graph"]["output"].string();
    info.raw = !json["graph"]["normalization"].empty();
    info.align_corners = int(json["align_corners"]) != 0;
    info.windows = !json["window"].empty();
    info.eroded = !json["erosion"].empty();
    if (!json["threshold"].empty()) info.threshold = json["threshold"].real();
    const auto lines = json["lines"];
    info.lines = !lines.empty();
    if (info.lines) {
        info.mask_thr = lines["mask_thr"].real();
        info.min_text_score = lines["min_text_score"].real();
        info.epsilon_ratio = lines["epsilon_ratio"].real();
        info.unclip_ratio = lines["unclip_ratio"].real();
        if (lines["shrink_ratio"].isReal()) info.shrink_ratio = lines["shrink_ratio"].real();
    }
    info.page_size = numbers(json["page_size"]);
    const auto prepare = json["preprocessing"];
    info.known = !prepare.empty();
    if (info.known) {
        info.scale = numbers(prepare["scale"]);
        info.keep_ratio = int(prepare["keep_ratio"]) != 0;
        info.mean = numbers(prepare["normalization"]["mean"]);
        info.std = numbers(prepare["normalization"]["std"]);
        info.to_rgb = int(prepare["normalization"]["to_rgb"]) != 0;
    }
    return info;
}

struct Scores {
    at::Tensor seg;  // (K, H, W) at the page's own size
    at::Tensor cls;  // (C), undefined without a cls head
    at::Tensor lines;  // (H, W) of shrunk text lines, undefined without a line head
};

class Model {
public:
    Info info;

    explicit Model(const std::string& path) {
        namespace fs = std::filesystem;
        torch::jit::ExtraFilesMap extra{{"info.json", ""}};
        module_ = torch::jit::load(path, c10::kCPU, extra);
        module_.eval();
        const int json = cv::FileStorage::READ | cv::FileStorage::FORMAT_JSON;
        const auto sidecar = fs::path(path).replace_extension(".json");
        if (fs::exists(sidecar)) {
            const cv::FileStorage file(sidecar.string(), json);
            // model.pt and model.onnx share one JSON, which says of which of them it is.
            if (file["file"].empty() || file["file"].string() == fs::path(path).filename()) {
                info = read_info(file);
                return;
            }
        }
        if (extra["info.json"].empty())
            throw std::runtime_error("nothing says what classes the model knows: " +
                                     sidecar.string() + " is missing");
        info = read_info(cv::FileStorage(extra["info.json"], json | cv::FileStorage::MEMORY));
    }

    c10::IValue operator()(const at::Tensor& page) { return module_.forward({page}); }

    // The input (1, 3, h, w) of a page in BGR, as the test pipeline makes it.
    at::Tensor prepare(cv::Mat image) const {
        if (!info.known) throw std::runtime_error("the model does not say how a page is prepared");
        if (!info.scale.empty()) {
            cv::Size size(int(info.scale[0]), int(info.scale[1]));
            if (info.keep_ratio) {  // fit within both edges, either way round
                const double longer = std::max(size.width, size.height);
                const double shorter = std::min(size.width, size.height);
                const double factor = std::min(longer / std::max(image.cols, image.rows),
                                               shorter / std::min(image.cols, image.rows));
                size = cv::Size(int(image.cols * factor + 0.5), int(image.rows * factor + 0.5));
            }
            cv::resize(image, image, size, 0, 0, cv::INTER_LINEAR);
        }
        if (!info.page_size.empty()) {
            const double factor = std::min(info.page_size[0] / image.rows,
                                           info.page_size[1] / image.cols);
            if (factor < 1)
                cv::resize(image, image, cv::Size(std::max(1, int(image.cols * factor)),
                                                  std::max(1, int(image.rows * factor))));
        }
        if (!info.raw && info.to_rgb) cv::cvtColor(image, image, cv::COLOR_BGR2RGB);
        auto page = at::empty({1, 3, image.rows, image.cols}, info.raw ? at::kByte : at::kFloat);
        const int64_t area = int64_t(image.rows) * image.cols;
        for (int y = 0; y < image.rows; ++y)
            for (int x = 0; x < image.cols; ++x)
                for (int c = 0; c < 3; ++c) {
                    const int64_t at = c * area + int64_t(y) * image.cols + x;
                    const auto value = image.at<cv::Vec3b>(y, x)[c];
                    if (info.raw) page.mutable_data_ptr<uint8_t>()[at] = value;
                    else page.mutable_data_ptr<float>()[at] =
                        static_cast<float>((value - info.mean[c]) / info.std[c]);
                }
        return page;
    }

    // Scores at the page's own size. Where the file gives scores their logarithm is resized, which
    // is the same as resizing the logits: it differs from them by what no softmax sees.
    Scores scores(const cv::Mat& image) {
        if (info.output == "pred") throw std::runtime_error("the model gives labels, not scores");
        auto page = prepare(image);
        const auto height = page.size(2), width = page.size(3);
        if (!info.page_size.empty())
            page = at::constant_pad_nd(page, {0, int64_t(info.page_size[1]) - width, 0,
                                              int64_t(info.page_size[0]) - height}, blank());
        const auto answer = (*this)(page);
        auto seg = answer.isTuple() ? answer.toTupleRef().elements()[0].toTensor()
                                    : answer.toTensor();
        seg = seg.slice(2, 0, height).slice(3, 0, width);
        const bool one = seg.size(1) == 1;
        if (info.output == "scores")
            seg = one ? at::logit(seg, FLT_EPSILON) : at::log(at::clamp_min(seg, FLT_MIN));
        seg = at::upsample_bilinear2d(seg, {image.rows, image.cols}, info.align_corners);
        seg = one ? at::sigmoid(seg) : at::softmax(seg, 1);
        at::Tensor cls, lines;
        if (answer.isTuple()) {
            const auto& parts = answer.toTupleRef().elements();
            if (!info.page_types.empty()) {
                cls = parts[1].toTensor()[0];
                if (info.output == "logits") cls = at::softmax(cls, 0);
            }
            if (info.lines) {
                lines = parts.back().toTensor().slice(2, 0, height).slice(3, 0, width);
                if (info.output == "scores") lines = at::logit(lines, FLT_EPSILON);
                lines = at::sigmoid(at::upsample_bilinear2d(
                    lines, {image.rows, image.cols}, false))[0][0].contiguous();
            }
        }
        return {seg[0].contiguous(), cls, lines};
    }

private:
    torch::jit::Module module_;

    // The value around a page in a file of fixed size: the mean colour, nearly.
    double blank() const {
        return info.raw ? std::round((info.mean[0] + info.mean[1] + info.mean[2]) / 3) : 0;
    }
};
