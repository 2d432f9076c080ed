// Reads a traced page-layout model and pages. Of one page it prints the page type with its score,
// and how many pixels each class has; of a folder of pages it writes the regions as JSON.
// `page_layout` without arguments says what it takes.
#include "model.hpp"
#include "line_ends.hpp"
#include "lines.hpp"
#include "regions.hpp"

#include <ATen/ops/argmax.h>
#include <ATen/ops/bincount.h>
#include <ATen/ops/gt.h>
#include <ATen/ops/stack.h>
#include <c10/core/InferenceMode.h>
#include <c10/util/Exception.h>

#include <dlfcn.h>
#include <opencv2/imgcodecs.hpp>

#include <cstdint>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <map>
#include <set>
#include <sstream>

namespace {

namespace fs = std::filesystem;
using Shape = std::vector<int64_t>;

const char* const kUsage =
    "usage: page_layout MODEL.pt --image FILE | --folder DIR --out DIR |\n"
    "                            --tensor FILE --shape 1,3,H,W   [--ops LIBRARY]\n"
    "  --image   a picture, prepared as the model's JSON says\n"
    "  --folder  pictures; for each the regions go into a JSON file in the folder --out\n"
    "  --tensor  the raw input: little-endian float32, normalised (uint8 in BGR where the model\n"
    "            normalises), of the shape --shape\n"
    "  --ops     a library with further operators, such as torchvision's\n"
    "It does less than `mmseg layout`: labels do not follow the ink, rules and boxes of the page,\n"
    "lines are not grouped into blocks, and vertical pages are not turned.\n";

Shape parse_shape(const std::string& text) {
    Shape shape;
    std::istringstream stream(text);
    for (std::string part; std::getline(stream, part, ',');) shape.push_back(std::stoll(part));
    if (shape.size() != 4) throw std::invalid_argument("--shape takes four numbers: 1,3,H,W");
    for (auto length : shape)
        if (length < 1) throw std::invalid_argument("--shape has to be positive: " + text);
    return shape;
}

at::Tensor read_tensor(const std::string& path, const Shape& shape, bool raw) {
    std::ifstream file(path, std::ios::binary | std::ios::ate);
    if (!file) throw std::runtime_error("cannot read " + path);
    auto tensor = at::empty(shape, raw ? at::kByte : at::kFloat);
    const auto expected = static_cast<std::streamoff>(tensor.nbytes());
    if (file.tellg() != expected)
        throw std::runtime_error(path + " has " + std::to_string(file.tellg()) +
                                 " bytes, its shape needs " + std::to_string(expected));
    file.seekg(0);
    file.read(static_cast<char*>(tensor.mutable_data_ptr()), expected);
    return tensor;
}

cv::Mat read_image(const std::string& path) {
    cv::Mat image = cv::imread(path, cv::IMREAD_COLOR);
    if (image.empty()) throw std::runtime_error("cannot read the picture " + path);
    return image;
}

std::string name(const std::vector<std::string>& names, int64_t index) {
    const auto known = index < static_cast<int64_t>(names.size());
    return known ? names[index] : std::to_string(index);
}

void print(const Info& info, const c10::IValue& answer) {
    const bool several = answer.isTuple(), with_type = several && !info.page_types.empty();
    const auto seg = several ? answer.toTupleRef().elements()[0].toTensor() : answer.toTensor();
    const double least = info.output == "logits" ? std::log(info.threshold / (1 - info.threshold))
                                                 : info.threshold;
    const auto labels = seg.dim() == 3      ? seg
                        : seg.size(1) > 1   ? at::argmax(seg, 1)
                                            : at::gt(seg, least).to(at::kLong);
    const auto classes = seg.dim() == 3 ? int64_t(info.classes.size()) : seg.size(1);
    const auto counts = at::bincount(labels.flatten(), {}, std::max<int64_t>(2, classes));
    if (with_type) {
        auto scores = answer.toTupleRef().elements()[1].toTensor()[0];
        if (info.output == "logits") scores = at::softmax(scores, 0);
        const auto best = at::argmax(scores).item<int64_t>();
        std::cout << "page type: " << name(info.page_types, best) << ' '
                  << scores[best].item<float>() << '\n';
    }
    for (int64_t k = 0; k < counts.size(0); ++k)
        std::cout << name(info.classes, k) << ": " << counts[k].item<int64_t>() << '\n';
}

std::string quoted(const std::string& text) {
    std::ostringstream out;
    out << '"';
    for (const unsigned char c : text)
        if (c == '"' || c == '\\') out << '\\' << c;
        else if (c < 32) out << "\\u00" << std::hex << std::setw(2) << std::setfill('0') << int(c);
        else out << c;
    out << '"';
    return out.str();
}

// Items with commas between and brackets around.
template <typename Items, typename Write>
std::string list(const Items& items, Write write) {
    std::string text = "[";
    for (const auto& item : items) text += (text.size() > 1 ? ", " : "") + write(item);
    return text + "]";
}

std::string number(double value) {
    std::ostringstream out;
    out << value;
    return out.str();
}

template <typename Point>
std::string point(const Point& at) {
    return "[" + number(at.x) + ", " + number(at.y) + "]";
}

// A line whose baseline is the lower side of its outline: this program does not look at the ink.
std::string json(const Line& line) {
    const auto box = cv::boundingRect(line.polygon);
    const bool vertical = box.height > 2.5 * box.width;
    auto points = line.polygon;
    std::sort(points.begin(), points.end(), [&](const cv::Point& a, const cv::Point& b) {
        return vertical ? a.x > b.x : a.y > b.y;
    });
    std::vector<cv::Point> base{points[0], points[1]};
    std::sort(base.begin(), base.end(), [&](const cv::Point& a, const cv::Point& b) {
        return vertical ? a.y < b.y : a.x < b.x;
    });
    if (vertical)  // of vertical lines it is the middle
        for (auto& at : base) at.x = box.x + box.width / 2;
    std::ostringstream out;
    out << "{\"confidence\": " << line.confidence << ", \"direction\": \""
        << (vertical ? "vertical" : "ltr") << "\", \"box\": [" << box.x << ", " << box.y << ", "
        << box.x + box.width - 1 << ", " << box.y + box.height - 1 << "], \"polygon\": "
        << list(line.polygon, point<cv::Point>) << ", \"baseline\": "
        << list(base, point<cv::Point>) << ", \"x_height\": null}";
    return out.str();
}

std::string json(const Region& region, size_t order, const Info& info,
                 const std::vector<Line>& lines) {
    const auto& box = region.box;
    cv::Point2f corners[4];
    cv::minAreaRect(region.polygon).points(corners);
    const auto ring = [](const Ring& points) { return list(points, point<cv::Point>); };
    std::ostringstream out;
    out << "{\"order\": " << order << ", \"label\": " << region.label
        << ", \"name\": " << quoted(name(info.classes, region.label))
        << ", \"confidence\": " << region.confidence << ", \"area\": " << region.area
        << ", \"box\": [" << box.x << ", " << box.y << ", " << box.br().x << ", " << box.br().y
        << "], \"rotated_box\": "
        << list(std::vector<cv::Point2f>(corners, corners + 4), point<cv::Point2f>)
        << ", \"polygon\": " << ring(region.polygon) << ", \"holes\": " << list(region.holes, ring)
        << ", \"centreline\": null, \"thickness\": null, \"lines\": "
        << list(lines, [](const Line& line) { return json(line); }) << "}";
    return out.str();
}

// A page as docs/schemas/layout.schema.json has it; without centrelines.
std::string json(const fs::path& source, cv::Size size, const Scores& scores,
                 const std::vector<Region>& regions, const std::vector<std::vector<Line>>& lines,
                 const Info& info) {
    std::string type = "null", types, classes;
    if (scores.cls.defined()) {
        type = quoted(name(info.page_types, at::argmax(scores.cls).item<int64_t>()));
        for (int64_t c = 0; c < scores.cls.size(0); ++c)
            types += (c ? ", " : "") + quoted(name(info.page_types, c)) + ": " +
                     number(scores.cls[c].item<float>());
    }
    for (size_t k = 0; k < info.classes.size(); ++k)
        classes += (k ? ", " : "") + ("{\"label\": " + std::to_string(k)) + ", \"name\": " +
                   quoted(info.classes[k]) + ", \"colour\": " +
                   list(info.palette.at(k), [](int value) { return std::to_string(value); }) + "}";
    size_t order = 0;
    std::ostringstream out;
    out << "{\"version\": \"1.1\", \"generator\": \"page_layout\", \"pages\": [{\"source\": "
        << quoted(source.string()) << ", \"page_number\": 1, \"height\": " << size.height
        << ", \"width\": " << size.width << ", \"page_type\": " << type << ", \"page_scores\": {"
        << types << "}, \"classes\": [" << classes << "], \"regions\": "
        << list(regions, [&](const Region& region) {
               ++order;
               return "\n  " + json(region, order - 1, info, lines[order - 1]);
           }) << "}]}\n";
    return out.str();
}

std::vector<Region> regions_of(Scores& scores, const Info& info) {
    const bool one = scores.seg.size(0) == 1;  // the second class alone
    const auto pred = (one ? at::gt(scores.seg[0], info.threshold) : at::argmax(scores.seg, 0))
                          .to(at::kInt).contiguous();
    if (one) scores.seg = at::stack({scores.seg[0].neg().add(1), scores.seg[0]});
    const int height = int(pred.size(0)), width = int(pred.size(1));
    std::vector<cv::Mat1f> planes;
    for (int64_t k = 0; k < scores.seg.size(0); ++k)
        planes.emplace_back(height, width, scores.seg[k].mutable_data_ptr<float>());
    return find_regions(cv::Mat1i(height, width, pred.mutable_data_ptr<int>()), planes);
}

// The lines of each region, from the top down; without a line head a part of text is a line.
std::vector<std::vector<Line>> lines_of(const Scores& scores, const std::vector<Region>& regions,
                                        const Info& info, const cv::Mat& image) {
    std::vector<std::vector<Line>> lines(regions.size());
    if (!scores.lines.defined()) {
        for (size_t i = 0; i < regions.size(); ++i)
            if (name(info.classes, regions[i].label) == "text")
                lines[i].push_back({regions[i].confidence,
                                    corners(cv::minAreaRect(regions[i].polygon),
                                            {int(scores.seg.size(2)), int(scores.seg.size(1))})});
        return lines;
    }
    const cv::Mat1f map(int(scores.lines.size(0)), int(scores.lines.size(1)),
                        scores.lines.mutable_data_ptr<float>());
    auto found = find_lines(map, info.mask_thr, info.min_text_score, info.unclip_ratio,
                            info.shrink_ratio);
    keep_ink(found, image);
    complete_lines(found, image);
    const auto owner = owners(found, regions);
    for (size_t i = 0; i < found.size(); ++i)
        if (owner[i] >= 0) lines[owner[i]].push_back(found[i]);
    for (auto& inner : lines)
        std::stable_sort(inner.begin(), inner.end(), [](const Line& a, const Line& b) {
            return cv::boundingRect(a.polygon).y < cv::boundingRect(b.polygon).y;
        });
    return lines;
}

void write_whole(const fs::path& path, const std::string& text) {
    const fs::path part = path.parent_path() / ("." + path.filename().string() + ".part");
    std::ofstream file(part, std::ios::binary);
    if (!(file << text << std::flush)) throw std::runtime_error("cannot write " + path.string());
    file.close();
    fs::rename(part, path);
}

// 1 where a picture could not be read; the others are processed nevertheless.
int folder(Model& model, const fs::path& from, const fs::path& to) {
    static const std::set<std::string> kinds{".jpg", ".jpeg", ".png", ".tif", ".tiff", ".bmp",
                                             ".webp", ".ppm"};
    if (model.info.windows)
        throw std::runtime_error("the model is tested in sliding windows, this program has none");
    if (model.info.eroded)
        std::cerr << "note: the model learnt shrunk labels; its regions are not grown back here\n";
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(from)) {
        auto kind = entry.path().extension().string();
        std::transform(kind.begin(), kind.end(), kind.begin(), ::tolower);
        if (kinds.count(kind)) files.push_back(entry.path());
    }
    if (files.empty()) throw std::runtime_error("no pictures in " + from.string());
    std::sort(files.begin(), files.end());
    fs::create_directories(to);
    int failed = 0;
    for (const auto& file : files) {
        try {
            const cv::Mat image = read_image(file.string());
            auto scores = model.scores(image);
            const auto regions = regions_of(scores, model.info);
            write_whole(to / (file.filename().string() + ".json"),
                        json(file, image.size(), scores, regions,
                             lines_of(scores, regions, model.info, image), model.info));
            std::cout << file.filename().string() << ": " << regions.size() << " regions\n";
        } catch (const std::runtime_error& error) {
            std::cerr << "error: " << error.what() << '\n';
            failed = 1;
        }
    }
    return failed;
}

int run(int argc, char** argv) {
    std::map<std::string, std::string> options;
    for (int i = 2; i + 1 < argc; i += 2) options[argv[i]] = argv[i + 1];
    const std::string library = options["--ops"];
    options.erase("--ops");
    std::set<std::string> given;
    for (const auto& [key, value] : options) given.insert(key);
    const bool raw = given == std::set<std::string>{"--tensor", "--shape"};
    const bool many = given == std::set<std::string>{"--folder", "--out"};
    if (argc % 2 != 0 || !(raw || many || given == std::set<std::string>{"--image"})) {
        std::cerr << kUsage;
        return 2;
    }
    if (!library.empty() && !dlopen(library.c_str(), RTLD_NOW | RTLD_GLOBAL))
        throw std::runtime_error(dlerror());
    c10::InferenceMode no_gradients;
    Model model(argv[1]);
    if (many) return folder(model, options["--folder"], options["--out"]);
    const auto page =
        raw ? read_tensor(options["--tensor"], parse_shape(options["--shape"]), model.info.raw)
            : model.prepare(read_image(options["--image"]));
    std::cout.precision(6);
    print(model.info, model(page));
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run(argc, argv);
    } catch (const c10::Error& error) {
        std::cerr << "error: " << error.what_without_backtrace() << '\n';
    } catch (const std::exception& error) {
        std::cerr << "error: " << error.what() << '\n';
    }
    return 1;
}
