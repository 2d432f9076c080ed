// Lines lengthened over the letters at their ends, as mmseg/layout/line_ends.py does it: a network
// sees a page at a fraction of its size, and the first or last letter of a line is often cut.
#pragma once

#include "lines.hpp"

#include <optional>

namespace line_ends {

// In heights of a line: how far it may grow, and over which gaps; how far letters reach out of it;
// what is higher than a letter or longer than several, how thin rules are, and how long hyphens;
// how small dots are, and how far apart.
constexpr double kFarthest = 2.5, kGap = 0.5, kRise = 0.3, kHighest = 1.45, kLongest = 3.0,
                 kThin = 0.15, kHyphen = 0.8, kDot = 0.3, kDotGap = 0.8;
// Outlines that fill less of their boxes are left as they are.
constexpr double kFilled = 0.6;
// Only lines as long as so many of their heights tell the skew of a page.
constexpr double kLong = 4.0;
// Grey levels between ink and paper, at least.
constexpr double kContrast = 32;

// Standard deviation of the grey levels of paper, at most; and as a share of the lines' median.
constexpr double kNoise = 10, kFaint = 0.4;

// Ink is on one side of the threshold; `usual` is between that
// and its mean grey level.
struct Ink {
    double threshold;
    bool dark;
    double usual;
};

// Ink is what there is less of on one side of Otsu's threshold; none where nothing differs.
inline std::optional<Ink> find_ink(const cv::Mat1b& grey) {
    double low, high;
    if (grey.empty()) return {};
    cv::minMaxLoc(grey, &low, &high);
    if (high - low < kContrast) return {};
    cv::Mat1b below;
    const double threshold =
        cv::threshold(grey, below, 0, 1, cv::THRESH_BINARY_INV | cv::THRESH_OTSU);
    const bool dark = cv::countNonZero(below) * 2 <= int(below.total());
    const double mean = cv::mean(grey, dark ? below : 1 - below)[0];
    return Ink{threshold, dark, (mean + threshold) / 2};
}

// A page turned so that its lines are level; vertical ones run to the right then.
struct Levelled {
    cv::Mat1b grey;
    cv::Matx22d turn;
    cv::Point2d low;

    cv::Point2d there(cv::Point2d p) const {
        return cv::Point2d(turn * cv::Vec2d(p.x, p.y)) - low;
    }
    cv::Point2d back(cv::Point2d p) const {
        return cv::Point2d(turn.t() * cv::Vec2d(p.x + low.x, p.y + low.y));
    }
};

inline Levelled levelled(const cv::Mat1b& grey, double angle, bool vertical) {
    const double c = std::cos(angle), s = std::sin(angle);
    const cv::Matx22d turn = vertical ? cv::Matx22d(-s, c, -c, -s) : cv::Matx22d(c, s, -s, c);
    if (!vertical && angle == 0) return {grey, turn, {0, 0}};
    cv::Point2d low(1e30, 1e30), high(-1e30, -1e30);
    for (const cv::Point2d corner : {cv::Point2d(0, 0), cv::Point2d(grey.cols, 0),
                                     cv::Point2d(0, grey.rows), cv::Point2d(grey.cols, grey.rows)}) {
        const cv::Point2d p(turn * cv::Vec2d(corner.x, corner.y));
        low = {std::min(low.x, p.x), std::min(low.y, p.y)};
        high = {std::max(high.x, p.x), std::max(high.y, p.y)};
    }
    low = {std::floor(low.x), std::floor(low.y)};
    // Pixels are counted from their centres.
    const cv::Vec2d centre = turn * cv::Vec2d(0.5, 0.5) - cv::Vec2d(low.x + 0.5, low.y + 0.5);
    const cv::Matx23d matrix(turn(0, 0), turn(0, 1), centre[0], turn(1, 0), turn(1, 1), centre[1]);
    Levelled page{{}, turn, low};
    cv::warpAffine(grey, page.grey, matrix,
                   {int(std::ceil(high.x - low.x)), int(std::ceil(high.y - low.y))},
                   cv::INTER_LINEAR, cv::BORDER_REPLICATE);
    return page;
}

// Which lines run down the page; on pages most of whose lines do, short ones too.
inline std::vector<bool> which_vertical(const std::vector<Line>& lines) {
    double tall = 0, wide = 0;
    for (const auto& line : lines) {
        const auto box = cv::boundingRect(line.polygon);
        if (box.height > 2.5 * box.width) tall += box.area();
        if (box.width > 2.5 * box.height) wide += box.area();
    }
    std::vector<bool> vertical;
    for (const auto& line : lines) {
        const auto box = cv::boundingRect(line.polygon);
        vertical.push_back(box.height > (tall > wide ? 0.8 : 2.5) * box.width);
    }
    return vertical;
}

// The median angle of long lines, weighted by their lengths; 0 where it is raggedness.
inline double skew(const std::vector<const Line*>& lines, bool vertical) {
    std::vector<std::pair<double, double>> angles;  // and lengths
    double total = 0;
    for (const auto* line : lines) {
        const cv::Point2d one = line->polygon[1] - line->polygon[0],
                          two = line->polygon[2] - line->polygon[1];
        const auto side = cv::norm(one) > cv::norm(two) ? one : two;
        if (std::max(cv::norm(one), cv::norm(two)) < kLong * std::min(cv::norm(one), cv::norm(two)))
            continue;
        double angle = vertical ? std::atan2(-side.x, side.y) : std::atan2(side.y, side.x);
        angle = std::remainder(angle, CV_PI);
        angles.emplace_back(angle, cv::norm(side));
        total += cv::norm(side);
    }
    std::sort(angles.begin(), angles.end());
    double sum = 0;
    for (const auto& [angle, length] : angles)
        if ((sum += length) >= total / 2) return std::abs(angle) > CV_PI / 900 ? angle : 0;
    return 0;
}

// How far letters that continue a line reach to the right of it; `end` without any.
// `ink` begins within the line, whose rows are those from `top` on; parts without a pixel of
// `full`, which is nearly as dark as the line's ink, are spots of the paper.
inline int reach(const cv::Mat1b& ink, const cv::Mat1b& full, int end, int top, int height) {
    cv::Mat1i labels, stats;
    cv::Mat1d centres;
    const int count = cv::connectedComponentsWithStats(ink, labels, stats, centres, 8, CV_32S);
    std::vector<bool> is_letter(count);
    for (int y = 0; y < ink.rows; ++y)
        for (int x = 0; x < ink.cols; ++x)
            if (full(y, x)) is_letter[labels(y, x)] = true;
    std::vector<std::array<double, 4>> parts;  // x, width, height, middle
    for (int part = 1; part < count; ++part)
        if (is_letter[part]) parts.push_back({double(stats(part, cv::CC_STAT_LEFT)),
                         double(stats(part, cv::CC_STAT_WIDTH)),
                         double(stats(part, cv::CC_STAT_HEIGHT)), centres(part, 1)});
    std::sort(parts.begin(), parts.end());
    double reached = end;
    for (const auto& [x, width, tall, middle] : parts) {
        const double gap = std::max(width, tall) <= kDot * height ? kDotGap : kGap;
        if (x > reached + gap * height) break;
        if (tall > kHighest * height || (width > kLongest * height && tall > height)) {
            if (x >= end - 1) break;  // a rule or a picture: nothing of the line is beyond
            continue;
        }
        if (middle < top || middle > top + height ||
            (tall < kThin * height && width > kHyphen * height))
            continue;
        reached = std::max(reached, x + width);
    }
    return int(reached);
}

// The left and right end of a line with the letters that continue it, up to `room`.
inline std::pair<double, double> ends(const cv::Mat1b& grey, const cv::Rect2d& box,
                                      std::pair<double, double> room) {
    const int left = int(std::lround(box.x)), right = int(std::lround(box.br().x));
    const int top = int(std::lround(box.y)), bottom = int(std::lround(box.br().y));
    const int height = bottom - top, rise = int(std::ceil(kRise * height));
    const cv::Rect page(0, 0, grey.cols, grey.rows);
    std::pair<double, double> found(box.x, box.br().x);
    const auto ink = find_ink(grey(cv::Rect(left, top, right - left, height) & page));
    if (!ink || height < 1) return found;
    const int upper = std::max(top - rise, 0);
    const auto reached = [&](int first, int last, int end, bool mirrored) {
        cv::Mat1b window =
            grey(cv::Rect(first, upper, last - first, bottom + rise - upper) & page).clone();
        if (mirrored) cv::flip(window, window, 1);
        const cv::Mat1b letters = ink->dark ? window <= ink->threshold : window > ink->threshold;
        const cv::Mat1b full = ink->dark ? window <= ink->usual : window >= ink->usual;
        return double(reach(letters, full, end, top - upper, height));
    };
    int first = std::max(right - height, 0), last = std::min(int(room.second), grey.cols);
    if (last > first)
        found.second = std::max(found.second, first + reached(first, last, right - first, false));
    first = std::max(int(room.first), 0), last = std::min(left + height, grey.cols);
    if (last > first)
        found.first = std::min(found.first, last - reached(first, last, last - left, true));
    return found;
}

// How far each line may reach to both sides: to the next in its row.
inline std::vector<std::pair<double, double>> rooms(const std::vector<cv::Rect2d>& boxes) {
    std::vector<std::pair<double, double>> found;
    for (const auto& box : boxes) {
        double left = box.x - kFarthest * box.height, right = box.br().x + kFarthest * box.height;
        for (const auto& other : boxes) {
            const double common = std::min(box.br().y, other.br().y) - std::max(box.y, other.y);
            if (&other == &box || common <= 0.3 * std::min(box.height, other.height)) continue;
            const double middle = box.x + box.width / 2, its = other.x + other.width / 2;
            if (its > middle) right = std::min(right, other.x);
            else left = std::max(left, other.br().x);
        }
        found.emplace_back(left, right);
    }
    return found;
}

// The corners of a rectangle that is drawn out to these places on the left and the right.
inline std::vector<cv::Point2d> drawn_out(std::vector<cv::Point2d> corners, double left,
                                          double right) {
    std::vector<size_t> order{0, 1, 2, 3};
    std::sort(order.begin(), order.end(),
              [&](size_t a, size_t b) { return corners[a].x < corners[b].x; });
    const auto along = corners[order[2]] + corners[order[3]] - corners[order[0]] - corners[order[1]];
    if (along.x <= 0) return corners;
    const double before = corners[order[0]].x - left, after = right - corners[order[3]].x;
    for (size_t i = 0; i < 4; ++i)
        corners[order[i]] += along * ((i < 2 ? -std::max(before, 0.) : std::max(after, 0.)) / along.x);
    return corners;
}

}  // namespace line_ends

// Leaves lines out that are nothing but the noise of the paper.
inline void keep_ink(std::vector<Line>& lines, const cv::Mat& image) {
    if (lines.empty()) return;
    cv::Mat1b grey;
    cv::cvtColor(image, grey, cv::COLOR_BGR2GRAY);
    std::vector<double> spread;
    for (const auto& line : lines) {
        auto box = cv::boundingRect(line.polygon);  // includes the last edges
        --box.width, --box.height;
        box &= cv::Rect(0, 0, grey.cols, grey.rows);
        cv::Scalar mean, deviation;
        if (!box.empty()) cv::meanStdDev(grey(box), mean, deviation);
        spread.push_back(deviation[0]);
    }
    auto sorted = spread;
    std::sort(sorted.begin(), sorted.end());
    const double median = (sorted[(sorted.size() - 1) / 2] + sorted[sorted.size() / 2]) / 2;
    std::vector<Line> kept;
    for (size_t i = 0; i < lines.size(); ++i)
        if (spread[i] >= line_ends::kNoise || spread[i] >= line_ends::kFaint * median)
            kept.push_back(lines[i]);
    lines = std::move(kept);
}

// Lengthens lines over the letters at their ends.
inline void complete_lines(std::vector<Line>& lines, const cv::Mat& image) {
    using namespace line_ends;
    cv::Mat1b grey;
    cv::cvtColor(image, grey, cv::COLOR_BGR2GRAY);
    const auto vertical = which_vertical(lines);
    for (const bool down : {false, true}) {
        std::vector<Line*> some;
        for (size_t i = 0; i < lines.size(); ++i)
            if (vertical[i] == down) some.push_back(&lines[i]);
        if (some.empty()) continue;
        const auto page = levelled(grey, skew({some.begin(), some.end()}, down), down);
        std::vector<std::vector<cv::Point2d>> corners;
        std::vector<cv::Rect2d> boxes;
        for (const auto* line : some) {
            auto& turned = corners.emplace_back();
            for (const auto& point : line->polygon) turned.push_back(page.there(point));
            const auto [left, right] = std::minmax_element(turned.begin(), turned.end(),
                [](auto& a, auto& b) { return a.x < b.x; });
            const auto [top, bottom] = std::minmax_element(turned.begin(), turned.end(),
                [](auto& a, auto& b) { return a.y < b.y; });
            boxes.emplace_back(left->x, top->y, right->x - left->x, bottom->y - top->y);
        }
        const auto room = rooms(boxes);
        for (size_t i = 0; i < some.size(); ++i) {
            if (cv::contourArea(some[i]->polygon) < kFilled * boxes[i].area()) continue;
            const auto [left, right] = ends(page.grey, boxes[i], room[i]);
            const auto drawn = drawn_out(corners[i], left, right);
            for (size_t k = 0; k < 4; ++k) {
                const auto point = page.back(drawn[k]);
                some[i]->polygon[k] = {std::clamp(int(std::lround(point.x)), 0, grey.cols),
                                       std::clamp(int(std::lround(point.y)), 0, grey.rows)};
            }
        }
    }
}
