// Text lines of a page: rectangles at any angle, from the scores of a line head or, without one,
// the connected parts of text themselves.
#pragma once

#include "regions.hpp"

#include <array>

struct Line {
    double confidence;  // mean score inside
    Ring polygon;
};

// How far a shrunk line grows on every side: see mmseg.core.text_lines.vatti_growth.
inline double growth(double area, double length, double ratio) {
    const double lost = 1 - ratio * ratio, square = 8 - 4 * lost;
    const double linear = length * (1 - lost), constant = area * lost;
    return (std::sqrt(linear * linear + 4 * square * constant) - linear) / (2 * square);
}

inline Ring corners(const cv::RotatedRect& box, cv::Size page) {
    std::array<cv::Point2f, 4> points;
    box.points(points.data());
    Ring ring;
    for (const auto& point : points)
        ring.emplace_back(std::clamp(int(std::lround(point.x)), 0, page.width),
                          std::clamp(int(std::lround(point.y)), 0, page.height));
    return ring;
}

// Lines as rectangles around what grows out of each shrunk one.
inline std::vector<Line> find_lines(const cv::Mat1f& scores, double mask_thr, double min_score,
                                    double unclip_ratio, double shrink_ratio) {
    std::vector<Ring> contours;
    cv::findContours(scores > mask_thr, contours, cv::RETR_LIST, cv::CHAIN_APPROX_SIMPLE);
    std::vector<Line> lines;
    for (const auto& contour : contours) {
        if (contour.size() < 3) continue;
        const auto box = cv::boundingRect(contour);
        cv::Mat1b mask(box.size(), uchar(0));
        cv::fillPoly(mask, std::vector<Ring>{contour}, 1, cv::LINE_8, 0, -box.tl());
        const double score = cv::mean(scores(box), mask)[0];
        if (score < min_score) continue;
        const double area = cv::contourArea(contour), length = cv::arcLength(contour, true);
        // Contours run through the centres of pixels, half a pixel inside the edges.
        const double grow = shrink_ratio > 0
            ? growth(area + length / 2 + 1, length + 4, shrink_ratio) + 0.5
            : area * unclip_ratio / std::max(length, 1e-6);
        auto around = cv::minAreaRect(contour);
        around.center += cv::Point2f(0.5f, 0.5f);
        around.size += cv::Size2f(float(2 * grow), float(2 * grow));
        lines.push_back({score, corners(around, scores.size())});
    }
    return lines;
}

// The number of the region that each line's middle is in or nearest to; -1 without regions.
inline std::vector<int> owners(const std::vector<Line>& lines, const std::vector<Region>& regions) {
    std::vector<int> found;
    for (const auto& line : lines) {
        cv::Point2f middle(0, 0);
        for (const auto& point : line.polygon) middle += cv::Point2f(point) / 4;
        int best = -1;
        double nearest = -1e30;
        for (size_t i = 0; i < regions.size(); ++i) {
            double inside = cv::pointPolygonTest(regions[i].polygon, middle, true);
            for (const auto& hole : regions[i].holes)
                inside = std::min(inside, -cv::pointPolygonTest(hole, middle, true));
            if (inside > nearest) nearest = inside, best = int(i);
        }
        found.push_back(best);
    }
    return found;
}
