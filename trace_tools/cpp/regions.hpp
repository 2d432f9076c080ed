// Regions of a page: connected parts of its label map, with their outlines along pixel edges.
#pragma once

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>
#include <vector>

using Ring = std::vector<cv::Point>;

struct Region {
    int label;
    double confidence;  // mean score of the class over the region's pixels
    int area;           // in pixels
    cv::Rect box;
    Ring polygon;
    std::vector<Ring> holes;
};

// The outline of a mask, the part to the right of each step; of holes it runs the other way round.
inline std::vector<Ring> rings(const cv::Mat1b& mask) {
    const auto inside = [&](int x, int y) {
        return x >= 0 && y >= 0 && x < mask.cols && y < mask.rows && mask(y, x);
    };
    std::multimap<std::pair<int, int>, cv::Point> steps;  // (y, x) of a corner → the next step
    for (int y = 0; y < mask.rows; ++y)
        for (int x = 0; x < mask.cols; ++x) {
            if (!mask(y, x)) continue;
            if (!inside(x, y - 1)) steps.insert({{y, x}, {1, 0}});
            if (!inside(x + 1, y)) steps.insert({{y, x + 1}, {0, 1}});
            if (!inside(x, y + 1)) steps.insert({{y + 1, x + 1}, {-1, 0}});
            if (!inside(x - 1, y)) steps.insert({{y + 1, x}, {0, -1}});
        }
    std::vector<Ring> found;
    while (!steps.empty()) {
        Ring ring;
        cv::Point at(steps.begin()->first.second, steps.begin()->first.first), last(0, 0);
        const auto start = at;
        do {
            auto [next, end] = steps.equal_range({at.y, at.x});
            // Where two pixels meet in a corner a left turn continues to the other one.
            const cv::Point left(last.y, -last.x);
            for (auto other = next; other != end; ++other)
                if (other->second == left) next = other;
            const auto step = next->second;
            if (step != last) ring.push_back(at);
            at += step;
            last = step;
            steps.erase(next);
        } while (at != start);
        if (ring.size() > 1 && last == cv::Point(ring[1] - ring[0]) /
                std::max(1, std::abs(ring[1].x - ring[0].x) + std::abs(ring[1].y - ring[0].y)))
            ring.erase(ring.begin());  // the start was not a corner
        found.push_back(std::move(ring));
    }
    return found;
}

inline double signed_area(const Ring& ring) {
    double twice = 0;
    for (size_t i = 0; i < ring.size(); ++i) {
        const auto &a = ring[i], &b = ring[(i + 1) % ring.size()];
        twice += double(a.x) * b.y - double(b.x) * a.y;
    }
    return twice / 2;
}

// The parts of each class (8 neighbours) but the first, from the top down and from the left.
// Specks are left out: below 50 pixels of a page whose longer side is 768, as in Python.
inline std::vector<Region> find_regions(const cv::Mat1i& labels,
                                        const std::vector<cv::Mat1f>& scores) {
    const double unit = std::max(labels.rows, labels.cols) / 768.;
    std::vector<Region> found;
    for (int label = 1; label < int(scores.size()); ++label) {
        cv::Mat1i parts;
        cv::Mat stats, centres;
        const int count =
            cv::connectedComponentsWithStats(labels == label, parts, stats, centres, 8, CV_32S);
        for (int part = 1; part < count; ++part) {
            const int* stat = stats.ptr<int>(part);
            if (stat[cv::CC_STAT_AREA] < 50 * unit * unit) continue;
            const cv::Rect box(stat[cv::CC_STAT_LEFT], stat[cv::CC_STAT_TOP],
                               stat[cv::CC_STAT_WIDTH], stat[cv::CC_STAT_HEIGHT]);
            const cv::Mat1b mask = parts(box) == part;
            Region region{label, cv::mean(scores[label](box), mask)[0], stat[cv::CC_STAT_AREA],
                          box, {}, {}};
            for (auto& ring : rings(mask)) {
                for (auto& point : ring) point += box.tl();
                if (signed_area(ring) > 0) region.polygon = std::move(ring);
                else region.holes.push_back(std::move(ring));
            }
            found.push_back(std::move(region));
        }
    }
    std::stable_sort(found.begin(), found.end(), [](const Region& a, const Region& b) {
        return std::make_pair(a.box.y, a.box.x) < std::make_pair(b.box.y, b.box.x);
    });
    return found;
}
