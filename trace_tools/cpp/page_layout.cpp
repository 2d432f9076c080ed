// Reads a traced page-layout model and one page; prints the page type with its score and how many
// pixels each class has. `page_layout` without arguments says what it takes.
//
// The includes are single headers rather than <torch/script.h>, which takes several times as long
// to compile.
#include <ATen/core/Tensor.h>
#include <ATen/ops/argmax.h>
#include <ATen/ops/bincount.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/gt.h>
#include <c10/core/InferenceMode.h>
#include <c10/util/Exception.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/serialization/import.h>

#include <dlfcn.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <iostream>
#include <map>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#ifdef WITH_OPENCV
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#endif

namespace {

using Shape = std::vector<int64_t>;

const char* const kUsage =
    "usage: page_layout MODEL.pt (--tensor FILE --shape 1,3,H,W | --image FILE) [--ops LIBRARY]\n"
    "  --tensor  raw little-endian float32 values, already normalised\n"
    "  --shape   the tensor's shape\n"
    "  --image   a picture; resized and normalised as the model's test pipeline does (OpenCV)\n"
    "  --ops     a library with further operators, such as torchvision's\n";

struct Model {
    torch::jit::Module module;
    std::vector<std::string> classes, page_types;
    std::map<std::string, std::vector<double>> preparation;
};

std::vector<std::string> lines(const std::string& text) {
    std::vector<std::string> found;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) found.push_back(line);
    return found;
}

// The names and the preparation lie beside the code in the file that trace_cpu.py writes.
Model load(const std::string& path) {
    torch::jit::ExtraFilesMap extra{{"classes", ""}, {"page_types", ""}, {"preparation", ""}};
    Model model{torch::jit::load(path, c10::kCPU, extra), lines(extra["classes"]),
                lines(extra["page_types"]), {}};
    for (const auto& line : lines(extra["preparation"])) {
        std::istringstream stream(line);
        std::string key;
        stream >> key;
        for (double value; stream >> value;) model.preparation[key].push_back(value);
    }
    model.module.eval();
    return model;
}

Shape parse_shape(const std::string& text) {
    Shape shape;
    std::istringstream stream(text);
    for (std::string part; std::getline(stream, part, ',');) shape.push_back(std::stoll(part));
    if (shape.size() != 4) throw std::invalid_argument("--shape takes four numbers: 1,3,H,W");
    for (auto length : shape)
        if (length < 1) throw std::invalid_argument("--shape has to be positive: " + text);
    return shape;
}

at::Tensor read_tensor(const std::string& path, const Shape& shape) {
    std::ifstream file(path, std::ios::binary | std::ios::ate);
    if (!file) throw std::runtime_error("cannot read " + path);
    auto tensor = at::empty(shape, at::kFloat);
    const auto expected = static_cast<std::streamoff>(tensor.nbytes());
    if (file.tellg() != expected)
        throw std::runtime_error(path + " has " + std::to_string(file.tellg()) +
                                 " bytes, its shape needs " + std::to_string(expected));
    file.seekg(0);
    file.read(reinterpret_cast<char*>(tensor.mutable_data_ptr<float>()), expected);
    return tensor;
}

#ifdef WITH_OPENCV
at::Tensor read_image(const std::string& path, const Model& model) {
    const auto& prepare = model.preparation;
    if (!prepare.count("mean") || !prepare.count("std") || !prepare.count("to_rgb"))
        throw std::runtime_error("the model does not say how a picture is normalised");
    cv::Mat image = cv::imread(path, cv::IMREAD_COLOR);
    if (image.empty()) throw std::runtime_error("cannot read the picture " + path);
    if (const auto found = prepare.find("scale"); found != prepare.end()) {
        cv::Size size(static_cast<int>(found->second.at(0)), static_cast<int>(found->second.at(1)));
        if (found->second.at(2) != 0) {  // keep the ratio: fit within both edges, either way round
            const double longer = std::max(size.width, size.height);
            const double shorter = std::min(size.width, size.height);
            const double factor = std::min(longer / std::max(image.cols, image.rows),
                                           shorter / std::min(image.cols, image.rows));
            size = cv::Size(static_cast<int>(image.cols * factor + 0.5),
                            static_cast<int>(image.rows * factor + 0.5));
        }
        cv::resize(image, image, size, 0, 0, cv::INTER_LINEAR);
    }
    if (prepare.at("to_rgb").at(0) != 0) cv::cvtColor(image, image, cv::COLOR_BGR2RGB);
    auto tensor = at::empty({1, 3, image.rows, image.cols}, at::kFloat);
    auto* out = tensor.mutable_data_ptr<float>();
    for (int channel = 0; channel < 3; ++channel) {
        const double mean = prepare.at("mean").at(channel), std = prepare.at("std").at(channel);
        for (int y = 0; y < image.rows; ++y)
            for (int x = 0; x < image.cols; ++x)
                *out++ = static_cast<float>((image.at<cv::Vec3b>(y, x)[channel] - mean) / std);
    }
    return tensor;
}
#else
at::Tensor read_image(const std::string&, const Model&) {
    throw std::runtime_error("built without OpenCV: give a raw tensor with --tensor and --shape");
}
#endif

std::string name(const std::vector<std::string>& names, int64_t index) {
    const auto known = index < static_cast<int64_t>(names.size());
    return known ? names[index] : std::to_string(index);
}

void print(const Model& model, const c10::IValue& answer) {
    const bool with_type = answer.isTuple();
    const auto seg = with_type ? answer.toTupleRef().elements()[0].toTensor() : answer.toTensor();
    const auto labels = seg.size(1) > 1
                            ? at::argmax(seg, 1)
                            : at::gt(seg, model.preparation.at("threshold").at(0)).to(at::kLong);
    const auto counts = at::bincount(labels.flatten(), {}, std::max<int64_t>(2, seg.size(1)));
    if (with_type) {
        const auto scores = answer.toTupleRef().elements()[1].toTensor()[0];
        const auto best = at::argmax(scores).item<int64_t>();
        std::cout << "page type: " << name(model.page_types, best) << ' '
                  << scores[best].item<float>() << '\n';
    }
    for (int64_t k = 0; k < counts.size(0); ++k)
        std::cout << name(model.classes, k) << ": " << counts[k].item<int64_t>() << '\n';
}

int run(int argc, char** argv) {
    std::map<std::string, std::string> options;
    for (int i = 2; i + 1 < argc; i += 2) options[argv[i]] = argv[i + 1];
    bool fits = argc >= 4 && argc % 2 == 0;
    for (const auto& [key, value] : options)
        fits &= std::set<std::string>{"--tensor", "--shape", "--image", "--ops"}.count(key) > 0;
    const bool raw = options.count("--tensor") && options.count("--shape");
    if (!fits || raw == (options.count("--image") > 0)) {
        std::cerr << kUsage;
        return 2;
    }
    if (options.count("--ops") && !dlopen(options["--ops"].c_str(), RTLD_NOW | RTLD_GLOBAL))
        throw std::runtime_error(dlerror());
    c10::InferenceMode no_gradients;
    auto model = load(argv[1]);
    const auto page = raw ? read_tensor(options["--tensor"], parse_shape(options["--shape"]))
                          : read_image(options["--image"], model);
    std::cout.precision(6);
    print(model, model.module.forward({page}));
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run(argc, argv);
    } catch (const c10::Error& error) {
        std::cerr << "error: " << error.what_without_backtrace() << '\n';
        return 1;
    } catch (const std::exception& error) {
        std::cerr << "error: " << error.what() << '\n';
        return 1;
    }
}
